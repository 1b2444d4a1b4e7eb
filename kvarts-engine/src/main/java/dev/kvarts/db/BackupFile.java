package dev.kvarts.db;

import dev.kvarts.log.ChangeFileInfo;

import java.util.HexFormat;

/// One file of a backup.
///
/// @param name in the database
/// @param sizeBytes of it
/// @param checksum CRC32C of all of it
/// @param tail CRC32C of its last bytes, which tells two files of one name apart
/// @param change what it says of itself if it holds past changes, else null
record BackupFile(String name, long sizeBytes, int checksum, int tail, ChangeFileInfo change) {
    /// What it is called in the backup directory: two files of different content never share it.
    String stored() {
        return name + "." + HexFormat.of().toHexDigits(checksum);
    }
}
