/* In place of the FFmpeg sources and sinks where its headers were missing when vultus was built. */
#include "video/source_kind.h"

static vultus_status open_none(const char *address, const struct source_terms *terms, void **out,
                               struct source_facts *facts, vultus_error *error)
{
    (void)address, (void)out, (void)facts;
    return status_set(
        error, VULTUS_ERR_NOT_FOUND,
        "%s: this build of vultus has no FFmpeg; install libavformat-dev "
        "libavcodec-dev libswscale-dev and build it again, or give a folder of pictures",
        terms->name);
}

const struct source_kind source_ffmpeg = {.name = "file", .open = open_none};
