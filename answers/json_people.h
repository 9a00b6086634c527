/* People, their faces, what is known of them and who changed it, as JSON. */
#ifndef ANSWERS_JSON_PEOPLE_H
#define ANSWERS_JSON_PEOPLE_H

#include "answers/json_values.h"

/* name, id, faces, created. */
json_t *json_person(const vultus_person *person);
/* The box with face, source, embedder, created, quality. */
json_t *json_record(const vultus_face_record *record);
/* All that is stored of a face, as exports have it and vultus_row_read reads it. With JSON_FLOAT_DIGITS. */
json_t *json_exported(const char *name, const vultus_facts *facts,
                      const vultus_face_record *record);
json_t *json_facts(const vultus_facts *facts);
/* A line of an export: person, created, facts, not. */
json_t *json_known(const vultus_person *person, const vultus_facts *facts,
                   const vultus_refusals *refusals);
json_t *json_change(const vultus_change *change);

#endif
