/* See excepted.h. A name that nobody has would leave nobody visible, and is rather a slip. */
#include "excepted.h"
#include "command.h"
#include "console.h"

#include <string.h>

bool is_excepted(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->excepted.count; i++)
        if (!strcmp(options->excepted.items[i], name))
            return true;
    return false;
}

int excepted_check(const struct session *session)
{
    const struct option_texts *names = &session->options->excepted;
    vultus_people people = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_people(session->gallery, &people, &error))
        return fail(&error);
    for (size_t i = 0; !code && i < names->count; i++) {
        size_t at = 0;
        while (at < people.count && strcmp(people.items[at].name, names->items[i]))
            at++;
        if (at == people.count) {
            complain("--except: nobody in the gallery is called \"%s\"", names->items[i]);
            code = EXIT_INPUTS;
        }
    }
    vultus_people_clear(&people);
    return code;
}
