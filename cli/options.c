/*
 * Reads the command line with getopt_long over all options of all commands, so that options may
 * stand before and after the command and its operands; then refuses those that the command does not
 * take. Nothing here knows what a command does with them.
 */
#include "options.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library takes 0 for "not given"; who asks for 0 gets what is next to it. */
#define DET_THRESHOLD_ZERO 1e-9f
#define FIRST_LONG 256 /* above every letter */

bool options_has(const struct options *options, enum option_id id)
{
    return options->given[id];
}

bool option_taken(const struct command *command, const struct subcommand *sub, enum option_id id)
{
    const unsigned char *list = sub && sub->options ? sub->options : command->options;
    if (id == OPTION_HELP || id == OPTION_VERSION)
        return true;
    while (*list != OPTION_COUNT && *list != id)
        list++;
    return *list == id;
}

int options_clash(const struct options *options, const char *name, const enum option_id *others,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (options_has(options, others[i])) {
            complain("--%s or --%s, not both", name, option_specs[others[i]].name);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

bool option_next_choice(const char **at, char *word, size_t size)
{
    if (!**at)
        return false;
    size_t length = strcspn(*at, "|");
    if (length >= size)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length + ((*at)[length] == '|');
    return true;
}

static int wrong_value(const struct option_spec *spec, const char *where, const char *text)
{
    if (spec->kind == OPTION_CHOICE)
        complain("%s: \"%s\" is none of %s", where, text, spec->argument);
    else if (spec->kind == OPTION_STAGES)
        complain("%s: \"%s\" is not three numbers from %g to %g, with commas between", where, text,
                 spec->least, spec->most);
    else
        complain("%s: \"%s\" is not a %s from %.10g to %.10g", where, text,
                 spec->kind == OPTION_WHOLE ? "whole number" : "number", spec->least, spec->most);
    return EXIT_USAGE;
}

static bool read_real(const struct option_spec *spec, const char *text, char **end, float *out)
{
    errno = 0;
    double value = strtod(text, end);
    if (*end == text || errno || !isfinite(value) || value < spec->least || value > spec->most)
        return false;
    *out = (float)value;
    return true;
}

static bool read_whole(const struct option_spec *spec, const char *text, unsigned *out)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || (double)value < spec->least || (double)value > spec->most)
        return false;
    *out = (unsigned)value;
    return true;
}

static bool read_choice(const struct option_spec *spec, const char *text, unsigned *out)
{
    char word[32];
    const char *at = spec->argument;
    for (unsigned i = 0; option_next_choice(&at, word, sizeof word); i++)
        if (!strcmp(word, text)) {
            *out = i;
            return true;
        }
    return false;
}

static int empty_value(const struct option_spec *spec, const char *where)
{
    complain("%s needs a %s that is not empty", where, spec->argument);
    return EXIT_USAGE;
}

static int add_text(const struct option_spec *spec, const char *where, const char *text,
                    struct option_texts *out)
{
    if (!*text)
        return empty_value(spec, where);
    if (out->count == OPTION_TEXTS_MAX) {
        complain("%s may be given %d times", where, OPTION_TEXTS_MAX);
        return EXIT_USAGE;
    }
    out->items[out->count++] = text;
    return EXIT_DONE;
}

int option_set(struct options *out, enum option_id id, const char *where, const char *text)
{
    const struct option_spec *spec = &option_specs[id];
    char *end = NULL;
    void *field = (char *)out + spec->offset;
    bool good = true;
    out->given[id] = true;
    switch (spec->kind) {
    case OPTION_FLAG: *(bool *)field = true; break;
    case OPTION_TEXT:
    case OPTION_FILE:
    case OPTION_FOLDER:
        if (!*text)
            return empty_value(spec, where);
        *(const char **)field = text;
        break;
    case OPTION_TEXTS: return add_text(spec, where, text, field);
    case OPTION_WHOLE: good = read_whole(spec, text, field); break;
    case OPTION_CHOICE: good = read_choice(spec, text, field); break;
    case OPTION_REAL: good = read_real(spec, text, &end, field) && !*end; break;
    case OPTION_MAYBE: good = !text || (read_real(spec, text, &end, field) && !*end); break;
    case OPTION_STAGES:
        for (int i = 0; i < 3 && good; i++) {
            good = read_real(spec, i ? end + 1 : text, &end, (float *)field + i) &&
                   *end == (i < 2 ? ',' : '\0');
        }
        break;
    }
    return good ? EXIT_DONE : wrong_value(spec, where, text);
}

static int set_flag(struct options *out, enum option_id id, const char *text)
{
    char where[64];
    snprintf(where, sizeof where, "--%s", option_specs[id].name);
    return option_set(out, id, where, text);
}

/* `word` is what stands on the command line, with its dashes. */
static int unknown_option(const char *word, const struct command *command)
{
    const char *words[OPTION_COUNT] = {0};
    size_t count = 0;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (!command || command_takes(command, (enum option_id)i))
            words[count++] = option_specs[i].name;
    const char *near = suggest(name, words, count);
    if (near)
        complain("unknown option --%s; did you mean --%s?", name, near);
    else if (command)
        complain("unknown option --%s; see: vultus %s --help", name, command->name);
    else
        complain("unknown option --%s; see: vultus --help", name);
    return EXIT_USAGE;
}

static int wrong_option(int code, const char *word, const struct options *options)
{
    const struct command *command =
        options->operand_count ? command_find(options->operands[0]) : NULL;
    if (optopt >= FIRST_LONG) {
        const struct option_spec *spec = &option_specs[optopt - FIRST_LONG];
        if (code == ':')
            complain("--%s needs a value: --%s %s", spec->name, spec->name, spec->argument);
        else
            complain("--%s takes no value", spec->name);
        return EXIT_USAGE;
    }
    if (optopt) {
        if (code == ':')
            complain("-%c needs a value", optopt);
        else
            complain("unknown option -%c; see: vultus --help", optopt);
        return EXIT_USAGE;
    }
    return unknown_option(word, command);
}

/* A value that may be left out is taken from the next word when that is a number. */
static const char *value_of(int id, int argc, char **argv)
{
    float number;
    char *end = NULL;
    if (optarg || option_specs[id].kind != OPTION_MAYBE || optind >= argc ||
        !read_real(&option_specs[id], argv[optind], &end, &number) || *end)
        return optarg;
    return argv[optind++];
}

static int read_all(int argc, char **argv, struct options *out)
{
    struct option table[2 * OPTION_COUNT + 1] = {0};
    size_t aliases = OPTION_COUNT;
    char letters[2 * OPTION_COUNT + 3] = "-:"; /* operands in order; ':' for a missing value */
    size_t length = strlen(letters);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &option_specs[i];
        bool value = spec->kind != OPTION_FLAG;
        table[i] = (struct option){spec->name,
                                   spec->kind == OPTION_MAYBE ? optional_argument
                                   : value                    ? required_argument
                                                              : no_argument,
                                   NULL, FIRST_LONG + i};
        if (spec->alias) {
            table[aliases] = table[i];
            table[aliases++].name = spec->alias;
        }
        if (spec->letter) {
            letters[length++] = spec->letter;
            if (value)
                letters[length++] = ':';
        }
    }
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        int result = EXIT_DONE;
        if (code == 1)
            out->operands[out->operand_count++] = optarg;
        else if (code == '?' || code == ':')
            result = wrong_option(code, argv[optind - 1], out);
        else if (code >= FIRST_LONG)
            result = set_flag(out, (enum option_id)(code - FIRST_LONG),
                              value_of(code - FIRST_LONG, argc, argv));
        else
            for (int i = 0; i < OPTION_COUNT; i++)
                if (option_specs[i].letter == code)
                    result = set_flag(out, (enum option_id)i, optarg);
        if (result)
            return result;
    }
    while (optind < argc)
        out->operands[out->operand_count++] = argv[optind++];
    return EXIT_DONE;
}

static int unknown_command(const char *word, const struct command *command)
{
    const char *words[64] = {0};
    size_t count = 0;
    if (command)
        for (const struct subcommand *sub = command->subcommands; sub->name; sub++)
            words[count++] = sub->name;
    else
        for (const struct command *each = commands; each->name; each++)
            words[count++] = each->name;
    const char *near = suggest(word, words, count);
    const char *space = command ? " " : "", *name = command ? command->name : "";
    if (near)
        complain("unknown command \"%s%s%s\"; did you mean \"%s%s%s\"?", name, space, word, name,
                 space, near);
    else
        complain("unknown command \"%s%s%s\"; see: vultus %s%s--help", name, space, word, name,
                 space);
    return EXIT_USAGE;
}

static void shift(struct options *options)
{
    options->operands++;
    options->operand_count--;
}

static int find_command(struct options *out)
{
    if (!out->operand_count)
        return EXIT_DONE;
    out->command = command_find(out->operands[0]);
    if (!out->command)
        return unknown_command(out->operands[0], NULL);
    shift(out);
    if (!out->command->subcommands || (out->help && !out->operand_count))
        return EXIT_DONE;
    if (!out->operand_count && !out->command->run) {
        complain("%s what? see: vultus %s --help", out->command->name, out->command->name);
        return EXIT_USAGE;
    }
    out->subcommand = out->operand_count ? subcommand_find(out->command, out->operands[0]) : NULL;
    if (!out->subcommand && out->command->run)
        return EXIT_DONE;
    if (!out->subcommand)
        return unknown_command(out->operands[0], out->command);
    shift(out);
    return EXIT_DONE;
}

static int check_operands(const struct options *options)
{
    const struct command *command = options->command;
    const struct subcommand *sub = options->subcommand;
    size_t least = sub ? sub->least : command->least, most = sub ? sub->most : command->most;
    const char *space = sub ? " " : "", *name = sub ? sub->name : "";
    const char *wanted = sub ? sub->operands : command->operands;
    if (options->operand_count >= least && options->operand_count <= most)
        return EXIT_DONE;
    if (options->operand_count < least)
        complain("%s%s%s needs more: vultus %s%s%s %s", command->name, space, name, command->name,
                 space, name, wanted);
    else
        complain("%s%s%s: \"%s\" is one too many; usage: vultus %s%s%s %s", command->name, space,
                 name, options->operands[most], command->name, space, name, wanted);
    return EXIT_USAGE;
}

static int check_options(struct options *out)
{
    const struct subcommand *sub = out->subcommand;
    const char *space = sub ? " " : "", *name = sub ? sub->name : "";
    for (int i = 0; i < OPTION_COUNT; i++)
        if (out->given[i] && !option_taken(out->command, sub, (enum option_id)i)) {
            complain("%s%s%s takes no --%s; see: vultus %s%s%s --help", out->command->name, space,
                     name, option_specs[i].name, out->command->name, space, name);
            return EXIT_USAGE;
        }
    if (out->json && out->csv) {
        complain("--json or --csv, not both");
        return EXIT_USAGE;
    }
    out->format = out->json ? FORMAT_JSON : out->csv ? FORMAT_CSV : FORMAT_TABLE;
    bool detector = options_has(out, OPTION_DET_THRESHOLD);
    if (out->command->run == cmd_detect) { /* the names by which other tools know them */
        if (options_has(out, OPTION_THRESHOLD)) {
            out->det_threshold = out->threshold;
            detector = true;
        }
        if (options_has(out, OPTION_MIN_SIZE))
            out->min_face = out->min_size;
    }
    if (detector && out->det_threshold == 0)
        out->det_threshold = DET_THRESHOLD_ZERO;
    if (!options_has(out, OPTION_THRESHOLDS))
        out->thresholds[2] = out->det_threshold;
    return EXIT_DONE;
}

int options_parse(int argc, char **argv, struct options *out)
{
    *out = (struct options){.folds = 10,
                            .repeat = 10,
                            .people = 100,
                            .faces = 100000,
                            .bootstrap = 1000,
                            .confidence = 0.95f,
                            .require_live = -1};
    char **operands = mem_array((size_t)argc + 1, sizeof *operands);
    if (!operands) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    out->operands = operands;
    int result = read_all(argc, argv, out);
    if (!result)
        result = find_command(out);
    if (!result && out->command && !out->help && !out->version) {
        result = check_options(out);
        if (!result)
            result = check_operands(out);
    }
    return result;
}

void options_clear(struct options *options)
{
    size_t shifts = (options->command != NULL) + (options->subcommand != NULL);
    if (options->operands)
        mem_free(options->operands - shifts);
    *options = (struct options){0};
}
