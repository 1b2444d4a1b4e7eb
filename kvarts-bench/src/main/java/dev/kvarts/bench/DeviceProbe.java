package dev.kvarts.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the block device under a directory has done, for anybody on the machine. NaN where it
/// cannot be told, for example on an overlay or in memory.
record DeviceProbe(double reads, double readBytes, double writtenBytes) {
    private static final int SECTOR_BYTES = 512;

    /// The `stat` file of the device that holds `directory`.
    static Optional<Path> statFile(Path directory) {
        try {
            Path name = Path.of(Files.getFileStore(directory).name()).getFileName();
            if (name == null) {
                return Optional.empty();
            }
            Path stat = Path.of("/sys/class/block").resolve(name.toString()).resolve("stat");
            return Files.isReadable(stat) ? Optional.of(stat) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static DeviceProbe now(Path directory) {
        Optional<Path> stat = statFile(directory);
        if (stat.isPresent()) {
            try {
                String[] fields = Files.readString(stat.get()).trim().split("\\s+", -1);
                return new DeviceProbe(
                        Double.parseDouble(fields[0]),
                        Double.parseDouble(fields[2]) * SECTOR_BYTES,
                        Double.parseDouble(fields[6]) * SECTOR_BYTES);
            } catch (IOException e) {
                // Gone meanwhile: as if it had never been there.
            }
        }
        return new DeviceProbe(Double.NaN, Double.NaN, Double.NaN);
    }
}
