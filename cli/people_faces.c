/* vultus people split and forget: faces by their numbers. */
#include "base/memory.h"
#include "cli_session.h"
#include "console.h"
#include "command.h"
#include "people_facts.h"

/* The numbers of faces among the operands from `first` on; mem_free in every case. */
static int read_faces(const struct options *options, size_t first, int64_t **out)
{
    *out = mem_array(options->operand_count, sizeof **out);
    if (!*out) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = first; i < options->operand_count; i++)
        if (!people_read_face(options->operands[i], &(*out)[i - first])) {
            complain("\"%s\" is not the number of a face; people show has them",
                     options->operands[i]);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

int people_split(const struct options *options)
{
    struct session session = {.options = options};
    const char *name = options->operands[0], *into = options->operands[1];
    int64_t *faces = NULL;
    vultus_error error = {0};
    int code = read_faces(options, 2, &faces);
    if (!code)
        code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code && vultus_gallery_split(session.gallery, name, faces, options->operand_count - 2,
                                      into, &error))
        code = fail(&error);
    if (!code)
        say("%zu faces of %s are now %s's", options->operand_count - 2, name, into);
    session_close(&session);
    mem_free(faces);
    return code;
}

int people_forget(const struct options *options)
{
    struct session session = {.options = options};
    int64_t *faces = NULL;
    int code = read_faces(options, 0, &faces);
    if (!code && !options->yes && !can_ask()) {
        complain("people forget needs --yes where it cannot ask");
        code = EXIT_USAGE;
    }
    if (!code)
        code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code && !options->yes && !ask("Delete %zu faces for good?", options->operand_count)) {
        say("nothing was deleted");
        code = EXIT_NO;
    } else if (!code) {
        for (size_t i = 0; i < options->operand_count; i++) {
            vultus_error error = {0};
            if (vultus_gallery_delete_face(session.gallery, faces[i], &error))
                code = worse(code, fail(&error));
            else
                say("face %s was deleted", options->operands[i]);
        }
    }
    session_close(&session);
    mem_free(faces);
    return code;
}
