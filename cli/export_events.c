/* Lines of an export for events, behind all people, so that who reads them has everybody whom they name. */
#include "answers/json_events.h"
#include "cli_session.h"
#include "command.h"
#include "export.h"
#include "json_answer.h"

int export_events(vultus_gallery *gallery, FILE *file)
{
    vultus_event_query query = {.pictures = true};
    vultus_error error = {0};
    int code = EXIT_DONE;
    for (size_t count = 1; !code && count;) {
        vultus_event_records records = {0};
        if (vultus_gallery_events(gallery, &query, &records, &error))
            return fail(&error);
        for (size_t i = 0; !code && i < records.count; i++) {
            query.after = records.items[i].id;
            if (!json_line(file, json_event_record(&records.items[i], true), JSON_FLOAT_DIGITS) ||
                ferror(file))
                code = EXIT_ENVIRONMENT;
        }
        count = records.count;
        vultus_event_records_clear(&records);
    }
    return code;
}
