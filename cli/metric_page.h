/* The page of vultus train metric. */
#ifndef CLI_METRIC_PAGE_H
#define CLI_METRIC_PAGE_H

#include <stddef.h>

#include <vultus/vultus.h>

/* Returns an exit code. */
int metric_write_page(const vultus_metric_epoch *epochs, size_t count,
                      const vultus_metric_report *report, const char *path);

#endif
