package dev.kvarts.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// What every command understands.
final class CommonOptions {
    static final String STACKTRACE = "--stacktrace";

    private CommonOptions() {}

    /// Adds the options and the layout of the help to this command and to the commands below it.
    static void addTo(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .sortOptions(false)
                .synopsisHeading("%nUsage: ")
                .descriptionHeading("%n")
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n");
        command.getCommandSpec()
                .addOption(
                        OptionSpec.builder("-h", "--help")
                                .type(boolean.class)
                                .usageHelp(true)
                                .order(100)
                                .description("Show this help.")
                                .build())
                .addOption(
                        OptionSpec.builder(STACKTRACE) // looked for in the raw arguments
                                .type(boolean.class)
                                .order(101)
                                .description(
                                        "After an error, also show where in the program it"
                                                + " happened.")
                                .build());
        command.getSubcommands().values().forEach(CommonOptions::addTo);
    }
}
