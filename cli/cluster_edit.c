/*
 * The subcommands of vultus cluster: what is in an album, and what people say about it. Each opens the album,
 * does one thing and saves it; no networks are needed, but for enrolment.
 */
#include "album_answer.h"
#include "base/memory.h"
#include "cluster_commands.h"
#include "command.h"
#include "console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_album(const struct options *options, bool change, vultus_album **album)
{
    const vultus_album_options how = {.read_only = !change, .must_exist = true};
    vultus_error error = {0};
    if (!vultus_album_open(options->state, &how, album, &error))
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

/* The end of a change: saved, or said why not. */
static int end(vultus_album *album, vultus_status status, vultus_error *error)
{
    if (!status)
        status = vultus_album_save(album, error);
    vultus_album_close(album);
    if (!status)
        return EXIT_DONE;
    int code = fail(error);
    return status == VULTUS_ERR_ARGUMENT ? EXIT_INPUTS : code;
}

static bool read_number(const char *text, uint32_t *out)
{
    char *rest = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &rest, 10);
    if (*text < '0' || *text > '9' || *rest || errno || !value || value > UINT32_MAX) {
        complain("\"%s\" is no number of a cluster or face", text);
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* The operands from `from` on as numbers; mem_free. NULL: one is none, which was said. */
static uint32_t *read_numbers(const struct options *options, size_t from)
{
    uint32_t *numbers = mem_array(options->operand_count, sizeof *numbers);
    if (!numbers)
        complain("not enough memory");
    for (size_t i = from; numbers && i < options->operand_count; i++)
        if (!read_number(options->operands[i], &numbers[i - from])) {
            mem_free(numbers);
            return NULL;
        }
    return numbers;
}

/* ------------------------------------------------------------------ reading */

static int list(const struct options *options)
{
    vultus_album *album = NULL;
    struct groups groups = {0};
    int code = open_album(options, false, &album);
    if (!code)
        code = groups_collect(album, NULL, options->min_size > 1 ? (size_t)options->min_size : 1,
                              &groups);
    if (!code)
        code = groups_answer(&groups, options->format);
    if (!code && options->output)
        code = groups_export(&groups, options->output, options->copy);
    groups_clear(&groups);
    vultus_album_close(album);
    return code;
}

static int show(const struct options *options)
{
    vultus_album *album = NULL;
    struct groups groups = {0};
    uint32_t id;
    if (!read_number(options->operands[0], &id))
        return EXIT_USAGE;
    int code = open_album(options, false, &album);
    if (!code)
        code = groups_collect(album, NULL, 1, &groups);
    size_t kept = 0;
    for (size_t g = 0; !code && g < groups.count; g++)
        if (groups.faces[groups.items[g].first].cluster == id)
            groups.items[kept++] = groups.items[g];
    groups.count = kept;
    if (!code && !kept) {
        complain("there is no cluster %u", id);
        code = EXIT_INPUTS;
    }
    if (!code)
        code = groups_answer_faces(&groups, options->format);
    groups_clear(&groups);
    vultus_album_close(album);
    return code;
}

/* ------------------------------------------------------------------ changing */

static int merge(const struct options *options)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    uint32_t into = 0, *clusters = read_numbers(options, 0);
    if (!clusters)
        return EXIT_USAGE;
    int code = open_album(options, true, &album);
    if (!code)
        code =
            end(album, vultus_album_merge(album, clusters, options->operand_count, &into, &error),
                &error);
    if (!code)
        say("they are cluster %u now", into);
    mem_free(clusters);
    return code;
}

static int split(const struct options *options)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    uint32_t made = 0, *numbers = NULL;
    const size_t faces = options->operand_count - 1;
    if (options->automatic == (faces > 0)) {
        complain("cluster split: name the faces that leave, or give --auto");
        return EXIT_USAGE;
    }
    numbers = read_numbers(options, 0);
    if (!numbers)
        return EXIT_USAGE;
    int code = open_album(options, true, &album);
    if (!code)
        code = end(album, vultus_album_split(album, numbers[0], numbers + 1, faces, &made, &error),
                   &error);
    if (!code)
        say("what left cluster %u is cluster %u", numbers[0], made);
    mem_free(numbers);
    return code;
}

static int link_faces(const struct options *options, bool same)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    uint32_t *faces = read_numbers(options, 0);
    if (!faces)
        return EXIT_USAGE;
    int code = open_album(options, true, &album);
    if (!code)
        code = end(album, vultus_album_link(album, faces[0], faces[1], same, &error), &error);
    if (!code)
        say("faces %u and %u are %s", faces[0], faces[1], same ? "one person" : "two people");
    mem_free(faces);
    return code;
}

static int link_them(const struct options *options)
{
    return link_faces(options, true);
}

static int unlink_them(const struct options *options)
{
    return link_faces(options, false);
}

static int undo(const struct options *options)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    char text[600] = "";
    int code = open_album(options, true, &album);
    if (!code)
        code = end(album, vultus_album_undo(album, text, sizeof text, &error), &error);
    if (!code)
        say("taken back: %s", text);
    return code;
}

static int reset(const struct options *options)
{
    vultus_album *album = NULL;
    if (!options->yes && !can_ask()) {
        complain("cluster reset needs --yes where it cannot ask");
        return EXIT_USAGE;
    }
    int code = open_album(options, true, &album);
    if (code)
        return code;
    if (!options->yes && !ask("Forget all clusters of %s?", vultus_album_path(album))) {
        say("nothing was forgotten");
        code = EXIT_NO;
    } else if (unlink(vultus_album_path(album))) {
        complain("%s: %s", vultus_album_path(album), strerror(errno));
        code = EXIT_ENVIRONMENT;
    } else {
        say("%s is forgotten", vultus_album_path(album));
    }
    vultus_album_close(album);
    return code;
}

/* ------------------------------------------------------------------ names */

static bool is_alone(const vultus_album *album, const vultus_album_face *face)
{
    vultus_album_face other;
    for (size_t i = 0; vultus_album_face_at(album, i, &other); i++)
        if (other.id != face->id && !strcmp(other.path, face->path))
            return false;
    return true;
}

static int enroll_face(struct session *session, const vultus_album *album,
                       const vultus_album_face *face, const char *name, size_t *enrolled)
{
    const vultus_sample_options options = {.face = &face->face,
                                           .among_others = !is_alone(album, face)};
    vultus_image *image = NULL;
    vultus_sample *sample = NULL;
    vultus_enrolled made = {0};
    vultus_error error = {0};
    vultus_status status = vultus_image_read(face->path, NULL, &image, &error);
    if (!status)
        status = vultus_sample_take(session->engine, image, &options, &sample, &error);
    int code = status ? fail_picture(face->path, &error) : EXIT_DONE;
    if (!status && vultus_sample_verdict(sample) != VULTUS_SAMPLE_OK) {
        say("%s: %s", face->path, vultus_sample_reason(sample));
        code = EXIT_INPUTS;
    } else if (!status &&
               vultus_gallery_enroll(session->gallery, name, face->path, sample, &made, &error)) {
        code = fail(&error);
    } else if (!status) {
        *enrolled += !made.duplicate;
    }
    vultus_sample_free(sample);
    vultus_image_free(image);
    return code;
}

static int enroll(const struct options *options, const vultus_album *album, uint32_t id,
                  const char *name)
{
    struct session session = {0};
    vultus_album_face face;
    size_t enrolled = 0;
    int code = session_open(&session, options);
    if (!code)
        code = session_open_engine(&session, 1);
    if (!code && strcmp(vultus_album_embedder(album), vultus_engine_embedder(session.engine))) {
        complain("the faces are by %s, this embedder is %s", vultus_album_embedder(album),
                 vultus_engine_embedder(session.engine));
        code = EXIT_USAGE;
    }
    if (!code)
        code = session_open_gallery(&session, GALLERY_MAKE);
    for (size_t i = 0; code < EXIT_ENVIRONMENT && vultus_album_face_at(album, i, &face); i++)
        if (face.cluster == id)
            code = worse(code, enroll_face(&session, album, &face, name, &enrolled));
    if (code < EXIT_ENVIRONMENT)
        say("enrolled %zu face%s of %s", enrolled, enrolled == 1 ? "" : "s", name);
    session_close(&session);
    return code;
}

static int name_it(const struct options *options)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    uint32_t id;
    const char *name = options->operand_count > 1 ? options->operands[1] : NULL;
    if (!read_number(options->operands[0], &id))
        return EXIT_USAGE;
    if (options->enroll && !name) {
        complain("cluster name --enroll needs a name");
        return EXIT_USAGE;
    }
    int code = open_album(options, true, &album);
    if (code)
        return code;
    vultus_status status = vultus_album_name(album, id, name, &error);
    if (!status)
        status = vultus_album_save(album, &error);
    code = status ? fail(&error) : EXIT_DONE;
    if (!code && options->enroll)
        code = enroll(options, album, id, name);
    if (!code && !options->enroll)
        say(name ? "cluster %u is %s" : "cluster %u has no name", id, name);
    vultus_album_close(album);
    return code;
}

/* ------------------------------------------------------------------ the table */

#define CHANGES OPTIONS(OPTION_QUIET, OPTION_STATE)

const struct subcommand cluster_subcommands[] = {
    {.name = "list",
     .operands = "",
     .summary = "all clusters of the album",
     .least = 0,
     .most = 0,
     .run = list,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_STATE, OPTION_MIN_SIZE, OPTION_OUTPUT, OPTION_COPY)},
    {.name = "show",
     .operands = "ID",
     .summary = "the faces of a cluster",
     .least = 1,
     .most = 1,
     .run = show,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_STATE)},
    {.name = "merge",
     .operands = "ID ID...",
     .summary = "these clusters are one person",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = merge,
     .options = CHANGES},
    {.name = "split",
     .operands = "ID FACE... | --auto ID",
     .summary = "these faces are one other person",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = split,
     .options = OPTIONS(OPTION_QUIET, OPTION_STATE, OPTION_AUTO)},
    {.name = "name",
     .operands = "ID [NAME]",
     .summary = "say who a cluster is, or take that away",
     .least = 1,
     .most = 2,
     .run = name_it,
     .options = OPTIONS(OPTION_QUIET, OPTION_STATE, OPTION_ENROLL, OPTION_DB, OPTION_KEY_FILE,
                        OPTIONS_NETWORKS)},
    {.name = "link",
     .operands = "FACE FACE",
     .summary = "two faces are one person, always",
     .least = 2,
     .most = 2,
     .run = link_them,
     .options = CHANGES},
    {.name = "unlink",
     .operands = "FACE FACE",
     .summary = "two faces are two people, always",
     .least = 2,
     .most = 2,
     .run = unlink_them,
     .options = CHANGES},
    {.name = "undo",
     .operands = "",
     .summary = "take the last change back",
     .least = 0,
     .most = 0,
     .run = undo,
     .options = CHANGES},
    {.name = "reset",
     .operands = "",
     .summary = "forget the album",
     .least = 0,
     .most = 0,
     .run = reset,
     .options = OPTIONS(OPTION_QUIET, OPTION_STATE, OPTION_YES)},
    {.name = NULL},
};
