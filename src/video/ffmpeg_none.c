/* In place of the FFmpeg sources and sinks where its headers were missing when vultus was built. */
#include "video/sink.h"
#include "video/source_kind.h"

static vultus_status refuse(const char *name, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND,
                      "%s: this build of vultus has no FFmpeg; install libavformat-dev "
                      "libavcodec-dev libswscale-dev and build it again",
                      name);
}

static vultus_status open_none(const char *address, const struct source_terms *terms, void **out,
                               struct source_facts *facts, vultus_error *error)
{
    (void)address, (void)out, (void)facts;
    return refuse(terms->name, error);
}

const struct source_kind source_ffmpeg = {.name = "file", .open = open_none};

vultus_status sink_open(const char *path, const struct sink_options *options, struct sink **out,
                        vultus_error *error)
{
    (void)options, (void)out;
    return refuse(path, error);
}

/* There is no sink to call these with. */
vultus_status sink_write(struct sink *sink, const vultus_image *image, int64_t time,
                         vultus_error *error)
{
    (void)sink, (void)image, (void)time;
    return refuse("film", error);
}

vultus_status sink_commit(struct sink *sink, vultus_error *error)
{
    (void)sink;
    return refuse("film", error);
}

void sink_abort(struct sink *sink)
{
    (void)sink;
}

const char *sink_encoder(const struct sink *sink)
{
    (void)sink;
    return "none";
}
