/*
 * vultus models: packs of networks. Everything but install is a thin face over the library; install
 * starts the installer that lies in share/vultus and is the one command that uses the network.
 */
#include "answers/json_models.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "contract_list.h"
#include "json_answer.h"
#include "model_info.h"
#include "share.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MANIFEST_MAX ((size_t)1 << 20)

static struct column columns[] = {
    {.key = "pack"},
    {.key = "model"},
    {.key = "kind"},
    {.key = "bytes", .right = true},
    {.key = "licence"},
    {.key = "status"},
    {.key = "dimension", .side = COLUMN_CSV},
    {.key = "metric", .side = COLUMN_CSV},
    {.key = "threshold", .side = COLUMN_CSV},
    {.key = "files", .side = COLUMN_CSV},
};

static bool list_model(struct table *table, const vultus_model *model)
{
    if (table->format == FORMAT_JSON)
        return json_line(stdout, json_model(model), JSON_DIGITS);
    bool embedder = model->dimension > 0;
    table_text(table, model->pack);
    table_text(table, model->id);
    table_text(table, model->kind);
    table_whole(table, (long long)model->bytes);
    table_text(table, model->licence);
    table_text(table, model->installed ? "installed" : "available");
    table_number(table, embedder ? (double)model->dimension : NAN, 0, 0);
    table_text(table, model->metric);
    table_number(table, embedder ? (double)model->threshold : NAN, 3, 5);
    table_text(table, model->files);
    table_end(table);
    return true;
}

static int list_all(const struct all_models *all, enum format format)
{
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = format};
    for (size_t i = 0; i < all->count; i++) {
        column_fit(&columns[0], all->items[i]->pack);
        column_fit(&columns[1], all->items[i]->id);
        column_fit(&columns[2], all->items[i]->kind);
        column_fit(&columns[3], "00000000");
        column_fit(&columns[4], all->items[i]->licence);
    }
    for (size_t i = 0; i < all->count; i++)
        if (!list_model(&table, all->items[i]))
            return EXIT_ENVIRONMENT;
    table_finish(&table);
    return EXIT_DONE;
}

static int models_list(const struct options *options)
{
    struct all_models all;
    int code = all_models_read(options, &all);
    if (all.items)
        code = worse(code, list_all(&all, options->format));
    all_models_clear(&all);
    return code;
}

static int models_info(const struct options *options)
{
    struct all_models all;
    int code = all_models_read(options, &all);
    if (all.items && all_models_have(&all, options->operands[0]))
        code = model_info(options, &all, options->operands[0]);
    else if (all.items && !contract_info(options, options->operands[0])) {
        complain("there is no model pack %s; see: vultus models list", options->operands[0]);
        code = EXIT_INPUTS;
    }
    all_models_clear(&all);
    return code;
}

static int run_installer(const struct options *options, const char *manifest)
{
    char installer[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    if (options->models)
        snprintf(folder, sizeof folder, "%s", options->models);
    else
        status = vultus_models_folder(folder, sizeof folder, &error);
    if (!status)
        status = file_make_folders(folder, &error);
    if (status) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    if (!share_path("tools/models/install.py", installer, sizeof installer) ||
        !file_exists(installer)) {
        complain("the installer is missing: %s; install vultus again", installer);
        return EXIT_ENVIRONMENT;
    }
    char python[] = "python3", quiet[] = "--quiet", path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s", manifest);
    char *arguments[] = {python, installer, path, folder, options->quiet ? quiet : NULL, NULL};
    int code = share_run(arguments);
    if (code == 127)
        complain("models install needs python3; install it and try again");
    return code >= EXIT_SIGNAL ? code : code ? EXIT_ENVIRONMENT : EXIT_DONE;
}

/* True when what is installed is what this vultus offers, and whole. */
static bool is_current(const struct options *options, const char *pack, const char *manifest)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct buffer offered, installed;
    vultus_error error = {0};
    if (vultus_models_check(options->models, pack, &error) ||
        vultus_models_folder(folder, sizeof folder, &error))
        return false;
    int length = snprintf(path, sizeof path, "%s/%s/pack.json",
                          options->models ? options->models : folder, pack);
    if (length < 0 || (size_t)length >= sizeof path ||
        file_read(manifest, MANIFEST_MAX, &offered, &error))
        return false;
    bool same = !file_read(path, MANIFEST_MAX, &installed, &error);
    if (same) {
        same =
            offered.size == installed.size && !memcmp(offered.data, installed.data, offered.size);
        buffer_clear(&installed);
    }
    buffer_clear(&offered);
    return same;
}

static int install(const struct options *options, const char *pack)
{
    char manifest[FILE_PATH_MAX];
    vultus_error error = {0};
    if (!share_manifest(pack, manifest, sizeof manifest)) {
        complain("there is no pack %s to install; see: vultus models list", pack);
        return EXIT_INPUTS;
    }
    if (options->force) {
        /* What cannot be removed as a pack is not one: the installer replaces it. */
        vultus_status ignored = vultus_models_remove(options->models, pack, &error);
        (void)ignored;
    } else if (is_current(options, pack, manifest)) {
        say("model pack %s is installed and whole", pack);
        return EXIT_DONE;
    }
    int code = run_installer(options, manifest);
    if (!code && vultus_models_check(options->models, pack, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    return code;
}

/* Detectors that give boxes only need the shapes of another pack: it comes along. */
static int install_companions(const struct options *options, const char *pack)
{
    char manifest[FILE_PATH_MAX], name[128];
    vultus_models models = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (!share_manifest(pack, manifest, sizeof manifest) ||
        vultus_models_read(manifest, &models, &error))
        return EXIT_DONE;
    for (size_t i = 0; !code && i < models.count; i++) {
        const char *other = models.items[i].landmarks;
        size_t length = strcspn(other, "/");
        bool again = i && !strcmp(other, models.items[i - 1].landmarks);
        if (!length || length >= sizeof name || again)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, other);
        if (strcmp(name, pack) != 0)
            code = install(options, name);
    }
    vultus_models_clear(&models);
    return code;
}

static int models_install(const struct options *options)
{
    size_t count = options->operand_count ? options->operand_count : 1;
    int code = EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        const char *pack = options->operand_count ? options->operands[i] : DEFAULT_PACK;
        int one = install(options, pack);
        if (!one)
            one = install_companions(options, pack);
        code = worse(code, one);
    }
    return code;
}

static int models_add(const struct options *options)
{
    const char *path = options->operands[0], *contract = NULL;
    char found[FILE_PATH_MAX], pack[256] = "";
    vultus_error error = {0};
    if (options->contract) {
        if (!contract_find(options->contract, found, sizeof found))
            return EXIT_INPUTS;
        contract = found;
        contract_pack_name(found, pack, sizeof pack);
    }
    if (vultus_models_add(options->models, path, contract, options->name, &error))
        return fail(&error);
    if (options->name || pack[0])
        say("%s: was checked and added as %s", path, options->name ? options->name : pack);
    else
        say("%s: was checked and added", path);
    return EXIT_DONE;
}

static int models_remove(const struct options *options)
{
    const char *pack = options->operands[0];
    vultus_error error = {0};
    if (!options->yes && !can_ask()) {
        complain("models remove needs --yes where it cannot ask");
        return EXIT_USAGE;
    }
    if (!options->yes && !ask("Remove model pack %s?", pack)) {
        say("nothing was removed");
        return EXIT_NO;
    }
    if (vultus_models_remove(options->models, pack, &error))
        return fail(&error);
    say("model pack %s was removed", pack);
    return EXIT_DONE;
}

static int check_pack(const struct options *options, const char *pack)
{
    vultus_error error = {0};
    vultus_status status = vultus_models_check(options->models, pack, &error);
    answer_begin();
    if (options->format == FORMAT_JSON) {
        if (!json_line(stdout,
                       json_pack("{s:o, s:b, s:o}", "pack", json_text(pack), "ok", !status, "error",
                                 json_text(status ? error.message : NULL)),
                       JSON_DIGITS))
            return EXIT_ENVIRONMENT;
    } else if (!status) {
        answer_line("%s: whole", pack);
    }
    if (status)
        fail(&error);
    return answer_end() && !status ? EXIT_DONE : EXIT_ENVIRONMENT;
}

static int models_check(const struct options *options)
{
    struct all_models all;
    size_t checked = 0;
    if (options->operand_count)
        return check_pack(options, options->operands[0]);
    int code = all_models_read(options, &all);
    for (size_t i = 0; i < all.count; i++) {
        const vultus_model *model = all.items[i];
        if (!model->installed || (i && !strcmp(all.items[i - 1]->pack, model->pack)))
            continue;
        code = worse(code, check_pack(options, model->pack));
        checked++;
    }
    if (!checked && !code) {
        complain("no model pack is installed; run: vultus models install");
        code = EXIT_ENVIRONMENT;
    }
    all_models_clear(&all);
    return code;
}

const struct subcommand models_subcommands[] = {
    {.name = "list",
     .operands = "",
     .summary = "packs that are installed, and those that can be",
     .least = 0,
     .most = 0,
     .run = models_list},
    {.name = "install",
     .operands = "[NAME...]",
     .summary = "fetch packs (default: " DEFAULT_PACK ") and check them",
     .least = 0,
     .most = OPERANDS_MAX,
     .run = models_install},
    {.name = "add",
     .operands = "PATH",
     .summary = "add a folder with pack.json, or a network (ONNX) with --contract",
     .least = 1,
     .most = 1,
     .run = models_add},
    {.name = "contracts",
     .operands = "",
     .summary = "contracts that come with vultus, for networks that you have",
     .least = 0,
     .most = 0,
     .run = contract_list},
    {.name = "info",
     .options = OPTIONS(OPTION_JSON, OPTION_QUIET, OPTION_MODELS),
     .operands = "NAME",
     .summary = "licences, hashes and thresholds of a pack",
     .least = 1,
     .most = 1,
     .run = models_info},
    {.name = "remove",
     .operands = "NAME",
     .summary = "remove an installed pack",
     .least = 1,
     .most = 1,
     .run = models_remove},
    {.name = "check",
     .operands = "[NAME]",
     .summary = "compare hashes and run every network once",
     .least = 0,
     .most = 1,
     .run = models_check},
    {.name = NULL},
};
