/* The parts of vultus people that are about facts, single faces and history; see cmd_people.c. */
#ifndef CLI_PEOPLE_FACTS_H
#define CLI_PEOPLE_FACTS_H

#include "cli_session.h"

int people_tag(const struct options *options);
int people_untag(const struct options *options);
int people_group(const struct options *options);
int people_ungroup(const struct options *options);
int people_set(const struct options *options);
int people_consent(const struct options *options);
int people_retain(const struct options *options);
int people_not(const struct options *options);
int people_move(const struct options *options);
int people_split(const struct options *options);
int people_forget(const struct options *options);
int people_undo(const struct options *options);
int people_audit(const struct options *options);

/* A day is its first second; a text that is none is for the library to refuse; NULL: "none". */
const char *whole_date(const char *text, char out[32]);
/* The number of a face, or of an event. */
bool people_read_face(const char *text, int64_t *out);
/* True where somebody has the --tag and is in the --group that were asked for. Sets *code where that cannot be
 * told. */
bool people_wanted(struct session *session, const char *name, int *code);

#endif
