/* `vultus people review`, for the table of subcommands. */
#ifndef CLI_PEOPLE_REVIEW_H
#define CLI_PEOPLE_REVIEW_H

#include "options.h"

int people_review(const struct options *options);

#endif
