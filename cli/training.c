/* Training runs on this thread and its pool; the bar is begun when the library says how many steps there are. */
#include "training.h"
#include "command.h"
#include "console.h"

int training_gather(struct session *session, char *const *operands, size_t count,
                    enum gather_faces faces, struct gathering *out)
{
    const struct gather_request request = {.what = "embedding",
                                           .operands = operands,
                                           .count = count,
                                           .faces = faces,
                                           .whole_picture = session->options->whole_picture};
    return gather(session, &request, out);
}

bool training_has_output(const struct options *options)
{
    if (!options->output)
        complain("train %s needs --output FILE", options->subcommand->name);
    return options->output != NULL;
}

static void on_progress(void *context, size_t done, size_t total)
{
    bool *begun = context;
    if (!*begun)
        progress_begin("training", total);
    *begun = true;
    progress_step(done);
}

static bool on_stop(void *context)
{
    (void)context;
    return interrupted() != 0;
}

vultus_training training_watch(bool *begun)
{
    *begun = false;
    return (vultus_training){on_progress, on_stop, begun};
}

void training_end(const bool *begun)
{
    if (*begun)
        progress_end();
}
