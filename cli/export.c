/*
 * vultus people export and gallery export: all that is stored about people, one JSON object for each face, and
 * for each event, with floats that read back exactly. A file is written beside its name, for its owner only, and renamed
 * when it is whole; a person is in memory at a time, not the gallery.
 */
#define _GNU_SOURCE
#include "answers/json_people.h"
#include "export.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "npz_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int export_person(vultus_gallery *gallery, const char *name, const char *created, FILE *file)
{
    vultus_face_records records = {0};
    vultus_facts facts = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_faces(gallery, name, &records, &error) ||
        vultus_gallery_facts(gallery, name, &facts, &error))
        code = fail(&error);
    for (size_t i = 0; !code && i < records.count; i++)
        if (!json_line(file, json_exported(name, &facts, &records.items[i]), JSON_FLOAT_DIGITS) ||
            ferror(file))
            code = EXIT_ENVIRONMENT;
    vultus_person person = {.name = (char *)(uintptr_t)name, .faces = records.count};
    snprintf(person.created, sizeof person.created, "%s", created);
    if (!code)
        code = export_known(gallery, &person, &facts, file);
    vultus_face_records_clear(&records);
    vultus_facts_clear(&facts);
    return code;
}

static int export_all(vultus_gallery *gallery, FILE *file)
{
    vultus_people people = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_people(gallery, &people, &error))
        return fail(&error);
    for (size_t i = 0; !code && i < people.count; i++)
        code = export_person(gallery, people.items[i].name, people.items[i].created, file);
    vultus_people_clear(&people);
    return code ? code : export_events(gallery, file);
}

/* Names that nobody has are said; the others are exported. */
static int export_to(const struct options *options, vultus_gallery *gallery, FILE *file)
{
    int code = EXIT_DONE;
    if (!options->operand_count)
        return export_all(gallery, file);
    for (size_t i = 0; i < options->operand_count && code != EXIT_ENVIRONMENT; i++)
        code = worse(code, export_person(gallery, options->operands[i], "", file));
    return code;
}

static int export_to_file(const struct options *options, vultus_gallery *gallery)
{
    struct file_replacement replacement;
    vultus_error error = {0};
    if (file_replace_begin(options->output, true, &replacement, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    int copy = fcntl(replacement.fd, F_DUPFD_CLOEXEC, 0); /* fclose() takes it along */
    FILE *file = copy < 0 ? NULL : fdopen(copy, "w");
    int code = file ? export_to(options, gallery, file) : EXIT_ENVIRONMENT;
    bool good = file && !ferror(file);
    if (file)
        good = !fclose(file) && good;
    else if (copy >= 0)
        close(copy);
    if (!good)
        complain("%s: %s", options->output, strerror(errno));
    if (!good || code == EXIT_ENVIRONMENT) {
        file_replace_abort(&replacement);
        return EXIT_ENVIRONMENT;
    }
    if (!file_replace_commit(&replacement, &error))
        return code;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

int gallery_export(const struct options *options)
{
    struct options all = *options;
    all.output = options->operands[0];
    all.operand_count = 0;
    return people_export(&all);
}

/* Whoever has encrypted the gallery will want to know. */
static int warn(const struct options *options, vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_gallery_stats stats;
    if (vultus_gallery_statistics(gallery, &stats, &error))
        return fail(&error);
    if (stats.encrypted)
        say("%s is not encrypted, as the gallery is: who reads it reads everything",
            options->output && strcmp(options->output, "-") != 0 ? options->output : "an export");
    vultus_gallery_stats_clear(&stats);
    return EXIT_DONE;
}

int people_export(const struct options *options)
{
    struct session session = {.options = options};
    int code = session_open_gallery(&session, GALLERY_READ);
    if (!code)
        code = warn(options, session.gallery);
    if (!code && options->output && file_has_ending(options->output, ".npz"))
        code = export_npz(options, session.gallery);
    else if (!code)
        code = options->output && strcmp(options->output, "-") != 0
                   ? export_to_file(options, session.gallery)
                   : export_to(options, session.gallery, stdout);
    session_close(&session);
    return code;
}
