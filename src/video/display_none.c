/* In place of SDL2's screen where its header was missing when vultus was built. */
#include "video/display_screen.h"
#include "base/status.h"

static vultus_status open_none(const vultus_display_options *options, void **out,
                               vultus_error *error)
{
    (void)options, (void)out;
    return status_set(error, VULTUS_ERR_NOT_FOUND,
                      "this build of vultus has no windows; install libsdl2-dev and build it "
                      "again");
}

const struct display_screen display_sdl = {.open = open_none};
