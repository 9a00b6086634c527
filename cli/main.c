/* The entry of the program: reads the command line, runs the command, says how it ended. */
#include "command.h"
#include "console.h"
#include "json_answer.h"

#include <stdio.h>
#include <stdlib.h>

static int run(const struct options *options)
{
    if (options->version) {
        printf("vultus %s\n", vultus_version());
        return EXIT_DONE;
    }
    if (options->help) {
        if (options->command)
            help_command(options->command, options->subcommand);
        else
            help_all();
        return EXIT_DONE;
    }
    if (!options->command) {
        complain("no command; see: vultus --help");
        return EXIT_USAGE;
    }
    return options->subcommand ? options->subcommand->run(options) : options->command->run(options);
}

int main(int argc, char **argv)
{
    struct options options;
    console_setup();
    json_setup();
    int code = options_parse(argc, argv, &options);
    if (!code) {
        console_configure(options.quiet, !options.no_progress);
        code = run(&options);
    }
    options_clear(&options);
    return answer_close(code);
}
