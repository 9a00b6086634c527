/* The people of --except, whose faces are not redacted. */
#ifndef CLI_EXCEPTED_H
#define CLI_EXCEPTED_H

#include "cli_session.h"

bool is_excepted(const struct options *options, const char *name);
/* Each has to be in the gallery. Returns an exit code; what failed was said. */
int excepted_check(const struct session *session);

#endif
