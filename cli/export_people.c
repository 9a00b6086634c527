/*
 * Lines of an export for people, behind those of their faces: what is known of them beside these, where there is any,
 * so that another gallery can know it too.
 */
#include "answers/json_people.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "export.h"
#include "json_answer.h"

#include <stdio.h>

int export_known(vultus_gallery *gallery, const vultus_person *person, const vultus_facts *facts,
                 FILE *file)
{
    vultus_refusals refusals = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_refusals(gallery, person->name, &refusals, &error))
        return fail(&error);
    const bool any = facts->count || refusals.count || !person->faces;
    if (any && !json_line(file, json_known(person, facts, &refusals), JSON_DIGITS))
        code = EXIT_ENVIRONMENT;
    vultus_refusals_clear(&refusals);
    return code;
}

vultus_status export_known_lines(vultus_gallery *gallery, const vultus_people *people, char **out,
                                 size_t *size, vultus_error *error)
{
    FILE *file = open_memstream(out, size);
    bool good = file != NULL;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; good && !status && i < people->count; i++) {
        vultus_facts facts = {0};
        status = vultus_gallery_facts(gallery, people->items[i].name, &facts, error);
        good = status || !export_known(gallery, &people->items[i], &facts, file);
        vultus_facts_clear(&facts);
    }
    if (file)
        good = !fclose(file) && good;
    return status || good ? status
                          : status_set(error, VULTUS_ERR_MEMORY, "not enough memory for people");
}
