/* vultus people export, and gallery export, which is the same of everybody; see cmd_people.c, cmd_gallery.c. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "options.h"

#include <stdio.h>

/* A line for somebody, with what is known of them beside their faces; none where that is nothing. Exit codes. */
int export_known(vultus_gallery *gallery, const vultus_person *person, const vultus_facts *facts,
                 FILE *file);
/* Those of all of them; *out is given back with free(), also after a failure. */
vultus_status export_known_lines(vultus_gallery *gallery, const vultus_people *people, char **out,
                                 size_t *size, vultus_error *error) VULTUS_MUST_USE;

/* All events. */
int export_events(vultus_gallery *gallery, FILE *file);

int people_export(const struct options *options);
int gallery_export(const struct options *options);

#endif
