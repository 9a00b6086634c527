/*
 * vultus enroll: learns people. Workers decode, detect and embed; this thread stores, in order (enroll_settle.c).
 * Pictures that the gallery has already are passed over before the networks see them.
 */
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "enrolling.h"

#include <stdlib.h>

vultus_sample_options enroll_demands(const struct options *options)
{
    /* For the library 0 is its default and less than 0 is none; here 0 is none. */
    bool size = options_has(options, OPTION_MIN_SIZE);
    bool sharpness = options_has(options, OPTION_MIN_SHARPNESS);
    return (vultus_sample_options){
        .detect = session_detection(options),
        .embed = session_embedding(options),
        .largest = options->select == 1,
        .whole_picture = options->aligned,
        .min_size = size && options->min_size <= 0 ? -1 : options->min_size,
        .min_sharpness = sharpness && options->min_sharpness <= 0 ? -1 : options->min_sharpness,
        .min_quality = sharpness && options->min_sharpness <= 0 ? -1 : 0, /* 0 takes all */
    };
}

static vultus_status look_for(struct enroll *enroll, const vultus_image *image,
                              struct enroll_result *result, bool *has)
{
    struct session *session = enroll->session;
    *has = false;
    if (!session->gallery) /* --dry-run where there is no gallery yet */
        return VULTUS_OK;
    pthread_mutex_lock(&enroll->lock);
    vultus_status status = vultus_gallery_has(session->gallery, session->engine, image,
                                              &result->enrolled, has, &result->error);
    pthread_mutex_unlock(&enroll->lock);
    return status;
}

static void *work(void *context, size_t index)
{
    struct enroll *enroll = context;
    struct enroll_result *result = mem_zalloc(1, sizeof *result);
    vultus_sample_options options = enroll_demands(enroll->options);
    vultus_image *image = NULL;
    bool has = false;
    if (!result)
        return NULL;
    result->status =
        vultus_image_read(enroll->roster.items[index].path, NULL, &image, &result->error);
    if (!result->status && enroll->trials)
        result->status = vultus_image_hash(image, result->picture, &result->error);
    if (!result->status)
        result->status = look_for(enroll, image, result, &has);
    if (!result->status && has)
        result->outcome = KNOWN;
    else if (!result->status)
        result->status = vultus_sample_take(enroll->session->engine, image, &options,
                                            &result->sample, &result->error);
    if (result->status)
        result->outcome = UNREADABLE;
    vultus_image_free(image);
    return result;
}

static void discard(void *context, void *result)
{
    (void)context;
    vultus_sample_free(((struct enroll_result *)result)->sample);
    mem_free(result);
}

static int deliver(void *context, size_t index, void *delivered)
{
    struct enroll *enroll = context;
    const struct roster_entry *entry = &enroll->roster.items[index];
    int code = enroll_settle(enroll, entry->path, entry->person, delivered);
    discard(enroll, delivered);
    return code;
}

static int run(struct enroll *enroll)
{
    const struct errand errand = {.what = "enrolling",
                                  .count = enroll->roster.count,
                                  .work = work,
                                  .deliver = deliver,
                                  .discard = discard,
                                  .context = enroll};
    return session_run(enroll->session, &errand);
}

/* What goes together: a name and one source, or pictures. */
static int check_use(const struct options *options)
{
    static const enum option_id of_pictures[] = {OPTION_ALIGNED};
    static const enum option_id of_cameras[] = {OPTION_SECONDS, OPTION_PICTURES};
    if (!options->cameras.count && !options->operand_count) {
        complain("enroll needs more: vultus enroll %s", options->command->operands);
        return EXIT_USAGE;
    }
    for (size_t i = 0; !options->cameras.count && i < 2; i++)
        if (options_has(options, of_cameras[i])) {
            complain("--%s is of --camera", option_specs[of_cameras[i]].name);
            return EXIT_USAGE;
        }
    if (!options->cameras.count)
        return EXIT_DONE;
    if (!options->name || options->operand_count || options->cameras.count > 1) {
        complain("--camera takes one source, --name and no pictures");
        return EXIT_USAGE;
    }
    return options_clash(options, "camera", of_pictures, 1);
}

static int open_all(struct enroll *enroll)
{
    const struct options *options = enroll->options;
    struct session *session = enroll->session;
    vultus_error error = {0};
    const char *camera = options->cameras.count ? options->cameras.items[0] : NULL;
    int code = session_open(session, options);
    if (!code && options->name && vultus_name_check(options->name, &error))
        return fail(&error);
    if (!code && camera)
        code = file_list_add(&enroll->roster.names, options->name, &error) ? fail(&error) : 0;
    else if (!code)
        enroll->code = roster_read(options, &enroll->roster);
    if (enroll->code == EXIT_USAGE || enroll->code == EXIT_ENVIRONMENT)
        return enroll->code;
    if (!code)
        code = session_open_engine(session, camera ? 1 : enroll->roster.count);
    if (!code && !options->dry_run)
        code = session_open_gallery(session, GALLERY_MAKE);
    else if (!code && session_gallery_there(options))
        code = session_open_gallery(session, GALLERY_READ);
    size_t pictures = camera ? VULTUS_PICK_MAX : enroll->roster.count;
    return code ? code : enroll_begin(enroll, pictures, camera);
}

int cmd_enroll(const struct options *options)
{
    struct session session = {0};
    struct enroll enroll = {
        .options = options, .session = &session, .lock = PTHREAD_MUTEX_INITIALIZER};
    int code = check_use(options);
    if (code)
        return code;
    code = open_all(&enroll);
    if (!code) {
        code = options->cameras.count ? enroll_camera(&enroll) : run(&enroll);
        if (options->format == FORMAT_CSV)
            table_finish(&enroll.table);
        enroll_summarize(&enroll);
    }
    enroll_end(&enroll);
    session_close(&session);
    return worse(code, enroll.code);
}
