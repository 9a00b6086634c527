/*
 * vultus embed: the embeddings of folders of people in one file, so that whoever measures or trains
 * more than once looks at the pictures only once.
 */
#include "command.h"
#include "console.h"
#include "gather.h"
#include "json_answer.h"

#include <stdio.h>

static int put(const struct gathering *gathering, const struct options *options)
{
    const vultus_labelled *set = &gathering->set;
    answer_begin();
    if (options->format == FORMAT_JSON)
        (void)json_line(stdout,
                        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
                                  json_text(options->output), "faces", json_whole(set->count),
                                  "people", json_whole(set->people), "dimension",
                                  json_whole(set->dimension), "embedder", json_text(set->embedder),
                                  "pictures", json_whole(gathering->pictures), "without_face",
                                  json_whole(gathering->faceless), "not_readable",
                                  json_whole(gathering->unreadable)),
                        JSON_DIGITS);
    else
        answer_line("%s: %zu faces of %zu %s, %zu numbers each", options->output, set->count,
                    set->people, set->people == 1 ? "person" : "people", set->dimension);
    return answer_end() ? EXIT_DONE : EXIT_ENVIRONMENT;
}

int cmd_embed(const struct options *options)
{
    struct session session = {0};
    struct gathering gathering = {0};
    vultus_error error = {0};
    if (!options->output) {
        complain("embed needs --output FILE.safetensors");
        return EXIT_USAGE;
    }
    int code = session_open(&session, options);
    struct gather_request request = {.what = "embedding",
                                     .operands = options->operands,
                                     .count = options->operand_count,
                                     .faces = options->all_faces ? GATHER_ALL : GATHER_CENTRAL,
                                     .whole_picture = options->whole_picture};
    if (!code)
        code = gather(&session, &request, &gathering);
    if (!code && vultus_labelled_write(&gathering.set, options->output, &error))
        code = fail(&error);
    if (!code)
        code = put(&gathering, options);
    code = worse(code, gathering.code);
    gathering_clear(&gathering);
    session_close(&session);
    return code;
}
