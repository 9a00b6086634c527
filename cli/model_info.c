/*
 * Lists of packs, and all about one: where the networks come from, who may use them and which
 * hashes they have. Sources and hashes are read from the manifest itself; its meaning for the
 * networks was checked by the library before.
 */
#include "model_info.h"
#include "answers/json_models.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_MAX ((size_t)4 << 20)

static bool has_pack(const vultus_models *models, const char *pack)
{
    for (size_t i = 0; i < models->count; i++)
        if (!strcmp(models->items[i].pack, pack))
            return true;
    return false;
}

static int by_pack(const void *a, const void *b)
{
    const vultus_model *x = *(const vultus_model *const *)a, *y = *(const vultus_model *const *)b;
    int order = strcmp(x->pack, y->pack);
    if (!order)
        order = strcmp(x->kind, y->kind);
    return order ? order : strcmp(x->id, y->id);
}

static bool collect(struct all_models *all)
{
    size_t total = all->installed.count;
    for (size_t i = 0; i < all->available_count; i++)
        total += all->available[i].count;
    all->items = mem_array(total, sizeof *all->items);
    if (!all->items)
        return false;
    for (size_t i = 0; i < all->installed.count; i++)
        all->items[all->count++] = &all->installed.items[i];
    for (size_t i = 0; i < all->available_count; i++)
        for (size_t j = 0; j < all->available[i].count; j++)
            if (!has_pack(&all->installed, all->available[i].items[j].pack))
                all->items[all->count++] = &all->available[i].items[j];
    if (all->count)
        qsort(all->items, all->count, sizeof *all->items, by_pack);
    return true;
}

int all_models_read(const struct options *options, struct all_models *out)
{
    struct file_list manifests = {0};
    vultus_error error = {0};
    bool damaged = false;
    *out = (struct all_models){0};
    vultus_status status = vultus_models_list(options->models, &out->installed, &error);
    if (!status && error.message[0]) {
        complain("%s", error.message);
        damaged = true;
    }
    if (!status)
        status = share_manifests(&manifests, &error);
    if (!status && !(out->available = mem_zalloc(manifests.count, sizeof *out->available)))
        status = status_memory(&error, "a list of models");
    for (size_t i = 0; !status && i < manifests.count; i++) {
        if (!vultus_models_read(manifests.items[i], &out->available[out->available_count], &error))
            out->available_count++;
        else
            complain("%s", error.message);
    }
    if (!status && !collect(out))
        status = status_memory(&error, "a list of models");
    file_list_clear(&manifests);
    if (status)
        fail(&error);
    return status || damaged ? EXIT_ENVIRONMENT : EXIT_DONE;
}

void all_models_clear(struct all_models *all)
{
    for (size_t i = 0; i < all->available_count; i++)
        vultus_models_clear(&all->available[i]);
    vultus_models_clear(&all->installed);
    mem_free(all->available);
    mem_free(all->items);
    *all = (struct all_models){0};
}

bool all_models_have(const struct all_models *all, const char *pack)
{
    bool found = false;
    for (size_t i = 0; i < all->count; i++)
        found |= !strcmp(all->items[i]->pack, pack);
    return found;
}

/* The manifest of a pack, installed or not; NULL and a message when it cannot be read. */
static json_t *read_manifest(const struct options *options, const char *pack, bool installed)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX] = "";
    struct buffer text;
    vultus_error error = {0};
    json_error_t trouble;
    bool found = true;
    if (!installed)
        found = share_manifest(pack, path, sizeof path);
    else if (options->models)
        snprintf(folder, sizeof folder, "%s", options->models);
    else
        found = !vultus_models_folder(folder, sizeof folder, &error);
    if (installed && found) {
        int length = snprintf(path, sizeof path, "%s/%s/pack.json", folder, pack);
        found = length > 0 && (size_t)length < sizeof path;
    }
    if (!found || file_read(path, MANIFEST_MAX, &text, &error)) {
        complain("%s", error.message[0] ? error.message : pack);
        return NULL;
    }
    json_t *manifest =
        json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &trouble);
    buffer_clear(&text);
    if (!manifest)
        complain("%s: %s", path, trouble.text);
    return manifest;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "not stated";
}

static void put_model(const vultus_model *model, const json_t *description)
{
    const json_t *networks = json_object_get(description, "networks");
    putchar('\n');
    answer_line("%s %s (%s)", model->kind, model->id, model->method);
    answer_line("  licence     %s", model->licence);
    answer_line("  provenance  %s", model->provenance);
    if (model->dimension)
        answer_line("  embedding   %zu numbers, %s, threshold %g", model->dimension, model->metric,
                    (double)model->threshold);
    if (model->base[0])
        answer_line("  base        %s", model->base);
    for (size_t i = 0; i < json_array_size(networks); i++) {
        const json_t *network = json_array_get(networks, i);
        answer_line("  file        %s, %lld bytes, sha256 %s", text_of(network, "file"),
                    (long long)json_integer_value(json_object_get(network, "bytes")),
                    text_of(network, "sha256"));
    }
}

static const json_t *description_of(const json_t *manifest, const char *id)
{
    const json_t *models = json_object_get(manifest, "models");
    for (size_t i = 0; i < json_array_size(models); i++)
        if (!strcmp(text_of(json_array_get(models, i), "id"), id))
            return json_array_get(models, i);
    return NULL;
}

static void put_pack(const struct all_models *all, const char *pack, bool installed,
                     const json_t *manifest)
{
    const json_t *sources = json_object_get(manifest, "sources");
    answer_line("pack        %s %s, %s", pack, text_of(manifest, "version"),
                installed ? "installed" : "not installed");
    if (json_object_get(manifest, "summary"))
        answer_line("summary     %s", text_of(manifest, "summary"));
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *source = json_array_get(sources, i);
        answer_line("source      %s %s@%s (%s), sha256 %s", text_of(source, "registry"),
                    text_of(source, "package"), text_of(source, "version"),
                    text_of(source, "licence"), text_of(source, "sha256"));
    }
    for (size_t i = 0; i < all->count; i++)
        if (!strcmp(all->items[i]->pack, pack))
            put_model(all->items[i], description_of(manifest, all->items[i]->id));
}

static bool put_json(const struct all_models *all, const char *pack, bool installed,
                     json_t *manifest)
{
    json_t *models = json_array(), *sources = json_object_get(manifest, "sources");
    bool good = true;
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i]->pack, pack) != 0)
            continue;
        json_t *model = json_model(all->items[i]);
        const json_t *description = description_of(manifest, all->items[i]->id);
        json_t *networks = json_object_get(description, "networks");
        if (model && networks)
            good &= !json_object_set(model, "networks", networks);
        good &= !json_array_append_new(models, model);
    }
    if (!good) {
        json_decref(models);
        models = NULL;
    }
    return json_line(stdout,
                     json_pack("{s:o, s:b, s:o, s:o, s:O?, s:o}", "pack", json_text(pack),
                               "installed", installed, "version",
                               json_text(json_string_value(json_object_get(manifest, "version"))),
                               "summary",
                               json_text(json_string_value(json_object_get(manifest, "summary"))),
                               "sources", sources, "models", models),
                     JSON_DIGITS);
}

int model_info(const struct options *options, const struct all_models *all, const char *pack)
{
    bool installed = has_pack(&all->installed, pack);
    json_t *manifest = read_manifest(options, pack, installed);
    if (!manifest)
        return EXIT_ENVIRONMENT;
    bool good = true;
    if (options->format == FORMAT_JSON)
        good = put_json(all, pack, installed, manifest);
    else
        put_pack(all, pack, installed, manifest);
    json_decref(manifest);
    return good ? EXIT_DONE : EXIT_ENVIRONMENT;
}
