/*
 * Help, made from the tables of commands and options, and the list of words that the completion of
 * shells asks for. Nothing here is written twice: the texts are in the tables.
 */
#include "command.h"
#include "console.h"

#include <stdio.h>
#include <string.h>

#define COLUMN 26 /* where explanations start */
#define WIDTH 96  /* of a line */

static void put_exits(const char *own)
{
    static const char *const always[] = {"0", "1", "2", "3", "4", "130"};
    static const char *const meaning[] = {
        NULL,
        NULL,
        "the command line is wrong",
        NULL,
        "the environment is wrong: models, gallery, permissions, a full disk",
        "interrupted; what was reported is stored",
    };
    puts("\nExit codes:");
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        const char *line = own;
        bool found = false;
        while (line && *line) {
            size_t length = strcspn(line, "\n");
            if (!strncmp(line, always[i], strlen(always[i])) && line[strlen(always[i])] == ' ') {
                printf("  %-3s  %.*s\n", always[i], (int)length - 3, line + 3);
                found = true;
            }
            line += length + (line[length] == '\n');
        }
        if (!found && meaning[i])
            printf("  %-3s  %s\n", always[i], meaning[i]);
    }
}

/* Wraps between words, with all lines but the first indented to COLUMN. */
static void put_wrapped(const char *text, size_t at)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at + 1 + word > WIDTH) {
            printf("\n%*s", COLUMN, "");
            at = COLUMN;
        } else if (at > COLUMN) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)word, text);
        at += word;
        text += word + (text[word] == ' ');
    }
}

static void put_option(const struct option_spec *spec)
{
    char head[64], text[512];
    int length = snprintf(head, sizeof head, "  %c%c%c --%s%s%s", spec->letter ? '-' : ' ',
                          spec->letter ? spec->letter : ' ', spec->letter ? ',' : ' ', spec->name,
                          spec->argument ? " " : "", spec->argument ? spec->argument : "");
    if (spec->fallback)
        snprintf(text, sizeof text, "%s (default: %s)", spec->help, spec->fallback);
    else
        snprintf(text, sizeof text, "%s", spec->help);
    if (length >= COLUMN - 1)
        printf("%s\n%*s", head, COLUMN, "");
    else
        printf("%-*s", COLUMN, head);
    put_wrapped(text, COLUMN);
    putchar('\n');
}

static void put_options(uint64_t options, bool common, const char *title)
{
    bool first = true;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (options & OPTION_BIT(i) && option_specs[i].common == common) {
            if (first)
                printf("\n%s:\n", title);
            first = false;
            put_option(&option_specs[i]);
        }
}

static void put_examples(const char *line)
{
    puts("\nExamples:");
    while (*line) {
        size_t length = strcspn(line, "\n");
        printf("  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void help_command(const struct command *command)
{
    if (command->subcommands) {
        const char *before = "Usage:";
        for (const struct subcommand *sub = command->subcommands; sub->name; sub++) {
            printf("%-6s vultus %s %s%s%s\n", before, command->name, sub->name,
                   *sub->operands ? " " : "", sub->operands);
            before = "";
        }
    } else {
        printf("Usage: vultus %s [OPTION]...%s%s\n", command->name, *command->operands ? " " : "",
               command->operands);
    }
    printf("\n%c%s.\n%s", command->summary[0] - 'a' + 'A', command->summary + 1, command->text);
    if (command->subcommands) {
        puts("\nSubcommands:");
        for (const struct subcommand *sub = command->subcommands; sub->name; sub++)
            printf("  %-*s%s\n", COLUMN - 2, sub->name, sub->summary);
    }
    put_options(command->options, false, "Options");
    put_options(command->options | OPTION_BIT(OPTION_HELP), true, "Common options");
    put_examples(command->examples);
    put_exits(command->exits);
}

void help_all(void)
{
    puts("Usage: vultus COMMAND [OPTION]... [OPERAND]...\n\n"
         "Finds faces, says who they are, and says how sure that is.\n\nCommands:");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-*s%s\n", COLUMN - 2, command->name, command->summary);
    put_options(OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION), true, "Options");
    puts("\nEvery command explains itself: vultus COMMAND --help");
    put_examples("vultus models install\nvultus enroll people/\nvultus identify holiday/\n");
}

/* One word a line; behind an option, after a tab, what its value is. */
static void put_words(const struct command *command)
{
    static const char *const kinds[] = {"",       "text",   "file", "folder",
                                        "number", "number", "",     "text"};
    if (!command) {
        for (command = commands; command->name; command++)
            puts(command->name);
        return;
    }
    for (const struct subcommand *sub = command->subcommands; sub && sub->name; sub++)
        puts(sub->name);
    uint64_t options = command->options | OPTION_BIT(OPTION_HELP);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &option_specs[i];
        if (options & OPTION_BIT(i))
            printf("--%s%s%s\n", spec->name, spec->kind == OPTION_FLAG ? "" : "\t",
                   spec->kind == OPTION_CHOICE ? spec->argument : kinds[spec->kind]);
    }
}

int cmd_help(const struct options *options)
{
    const struct command *command = NULL;
    if (options->operand_count) {
        command = command_find(options->operands[0]);
        if (!command) {
            complain("there is no command \"%s\"; see: vultus --help", options->operands[0]);
            return EXIT_USAGE;
        }
    }
    if (options->words)
        put_words(command);
    else if (command)
        help_command(command);
    else
        help_all();
    return EXIT_DONE;
}
