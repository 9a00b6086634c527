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

/* Options that are common or not, of the subcommand where one is named, else of all of them. */
static void put_options(const struct command *command, const struct subcommand *sub, bool common,
                        const char *title)
{
    bool first = true;
    for (int i = 0; i < OPTION_COUNT; i++) {
        bool taken = sub ? option_taken(command, sub, (enum option_id)i)
                         : command_takes(command, (enum option_id)i);
        if (option_specs[i].common != common || i == OPTION_VERSION || !taken)
            continue;
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

static void put_usage(const struct command *command, const struct subcommand *sub,
                      const char *before)
{
    const char *operands = sub ? sub->operands : command->operands;
    printf("%-6s vultus %s%s%s%s%s%s\n", before, command->name, sub ? " " : "",
           sub ? sub->name : "", sub ? "" : " [OPTION]...", *operands ? " " : "", operands);
}

static void put_subcommands(const struct command *command)
{
    puts("\nSubcommands:");
    for (const struct subcommand *sub = command->subcommands; sub->name; sub++)
        printf("  %-*s%s%s\n", COLUMN - 2, sub->name, sub->summary,
               sub->options ? " (see its --help)" : "");
}

/* Of a command, or of a subcommand that has options or a text of its own. */
void help_command(const struct command *command, const struct subcommand *sub)
{
    if (sub && !sub->options && !sub->text)
        sub = NULL;
    const char *summary = sub ? sub->summary : command->summary, *before = "Usage:";
    if (!sub && command->subcommands && command->run) {
        put_usage(command, NULL, before);
        before = "";
    }
    if (!sub && command->subcommands)
        for (const struct subcommand *each = command->subcommands; each->name; each++, before = "")
            put_usage(command, each, before);
    else
        put_usage(command, sub, before);
    printf("\n%c%s.\n%s", summary[0] - 'a' + 'A', summary + 1,
           sub && sub->text ? sub->text : command->text);
    if (!sub && command->subcommands)
        put_subcommands(command);
    put_options(command, sub, false, "Options");
    put_options(command, sub, true, "Common options");
    if (!sub || !sub->text)
        put_examples(command->examples);
    put_exits(command->exits);
}

void help_all(void)
{
    puts("Usage: vultus COMMAND [OPTION]... [OPERAND]...\n\n"
         "Finds faces, says who they are, and says how sure that is.\n\nCommands:");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-*s%s\n", COLUMN - 2, command->name, command->summary);
    puts("\nOptions:");
    put_option(&option_specs[OPTION_HELP]);
    put_option(&option_specs[OPTION_VERSION]);
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
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &option_specs[i];
        if (i != OPTION_VERSION && command_takes(command, (enum option_id)i))
            printf("--%s%s%s\n", spec->name,
                   spec->kind == OPTION_FLAG || spec->kind == OPTION_MAYBE ? "" : "\t",
                   spec->kind == OPTION_CHOICE ? spec->argument : kinds[spec->kind]);
    }
}

int cmd_help(const struct options *options)
{
    const struct command *command = NULL;
    const struct subcommand *sub = NULL;
    if (options->operand_count) {
        command = command_find(options->operands[0]);
        if (!command) {
            complain("there is no command \"%s\"; see: vultus --help", options->operands[0]);
            return EXIT_USAGE;
        }
    }
    if (options->operand_count > 1 && !(sub = subcommand_find(command, options->operands[1]))) {
        complain("%s has no subcommand \"%s\"; see: vultus %s --help", command->name,
                 options->operands[1], command->name);
        return EXIT_USAGE;
    }
    if (options->words)
        put_words(command);
    else if (command)
        help_command(command, sub);
    else
        help_all();
    return EXIT_DONE;
}
