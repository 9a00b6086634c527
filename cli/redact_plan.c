/*
 * See redact_plan.h. One input with an output that is named like a picture or a film goes there, and replaces what is there;
 * otherwise the output is a folder, in which nothing is replaced (tagged_copy.h).
 */
#include "redact_plan.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "inputs.h"
#include "tagged_copy.h"

#include <string.h>

static int split(const struct options *options, struct redact_plan *plan)
{
    struct file_list named = {0};
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    int code = EXIT_DONE;
    for (size_t i = 0; !status && i < options->operand_count; i++) {
        char *operand = options->operands[i];
        bool pictures =
            file_is_folder(operand) || (is_picture_name(operand) && !strstr(operand, "://"));
        status = file_list_add(pictures ? &named : &plan->films, operand, &error);
    }
    if (status)
        code = fail(&error);
    else
        code = inputs_collect(named.items, named.count, &plan->pictures);
    file_list_clear(&named);
    return code;
}

/* True when there is one input and a file to write it to. */
static bool to_one_file(const struct options *options, const struct redact_plan *plan)
{
    const char *output = options->output;
    if (plan->pictures.count + plan->films.count != 1 || options->operand_count != 1 ||
        file_is_folder(output) || file_is_folder(options->operands[0]))
        return false;
    return plan->films.count ? vultus_film_name(output) : is_picture_name(output);
}

static int plan_one(const struct options *options, struct redact_plan *plan)
{
    vultus_error error = {0};
    struct file_list *copies = plan->films.count ? &plan->film_copies : &plan->picture_copies;
    return file_list_add(copies, options->output, &error) ? fail(&error) : EXIT_DONE;
}

int redact_plan_make(const struct options *options, struct redact_plan *out)
{
    int code = split(options, out);
    if (code && code != EXIT_INPUTS)
        return code;
    int planned = EXIT_DONE;
    if (to_one_file(options, out)) {
        planned = plan_one(options, out);
    } else if (out->pictures.count + out->films.count) {
        if (is_picture_name(options->output) || vultus_film_name(options->output)) {
            complain("%s: is one file; for this give a folder%s", options->output,
                     out->films.count ? ", or a name that ends in .mp4" : "");
            return EXIT_USAGE;
        }
        planned =
            copies_plan(options->output, &out->pictures, COPIES_OF_PICTURES, &out->picture_copies);
        if (!planned)
            planned = copies_plan(options->output, &out->films, COPIES_OF_FILMS, &out->film_copies);
    }
    return worse(code, planned);
}

void redact_plan_clear(struct redact_plan *plan)
{
    file_list_clear(&plan->pictures);
    file_list_clear(&plan->picture_copies);
    file_list_clear(&plan->films);
    file_list_clear(&plan->film_copies);
}
