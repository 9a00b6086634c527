/* The entry of the program: reads the command line, runs the command, says how it ended. */
#include "base/cpu.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"

#include <stdio.h>
#include <stdlib.h>

/* The library goes on with the best path; somebody who asked for another should know. */
static void check_environment(void)
{
    const char *simd = cpu_simd_not_taken();
    if (simd)
        say("VULTUS_SIMD=%.32s is not taken: this machine has scalar%s%s%s", simd,
            cpu_has(CPU_AVX2) ? ", avx2" : "", cpu_has(CPU_AVX512) ? ", avx512" : "",
            cpu_has(CPU_NEON) ? ", neon" : "");
}

static int run(const struct options *options)
{
    check_environment();
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
