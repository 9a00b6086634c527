/* In place of the PostgreSQL store where libpq was missing when vultus was built. */
#include "gallery/store.h"
#include "base/memory.h"

static vultus_status open_none(const char *rest, const vultus_gallery_options *options,
                               struct store **out, vultus_error *error)
{
    (void)rest, (void)options, (void)out;
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "this build of vultus has no PostgreSQL; install libpq-dev and build it "
                      "again, or give a path");
}

static vultus_status restore_none(const char *rest, const char *path,
                                  const struct store_copying *how, vultus_error *error)
{
    (void)path, (void)how;
    return open_none(rest, NULL, NULL, error);
}

static char *show_none(const char *rest)
{
    (void)rest;
    return mem_string("postgresql:");
}

const struct store_methods store_postgres = {
    .name = "postgresql", .show = show_none, .open = open_none, .restore = restore_none};
