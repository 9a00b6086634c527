/*
 * vultus doctor: tries everything that the other commands need and says, line by line, what works
 * and how to mend what does not. It changes nothing: a gallery that is not there is not made.
 */
#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "share.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum health { WELL, NOTE, ILL };

struct doctor {
    const struct options *options;
    struct session session;
    bool models; /* the engine can be opened */
    bool ill;
};

/* `mend` may be NULL. */
static void put(struct doctor *doctor, enum health health, const char *check, const char *mend,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
static void put(struct doctor *doctor, enum health health, const char *check, const char *mend,
                const char *format, ...)
{
    static const char *const words[] = {"ok", "note", "FAIL"};
    static const char *const keys[] = {"ok", "note", "fail"};
    char detail[1024];
    va_list args;
    va_start(args, format);
    if (vsnprintf(detail, sizeof detail, format, args) < 0)
        detail[0] = '\0';
    va_end(args);
    doctor->ill |= health == ILL;
    if (doctor->options->format == FORMAT_JSON)
        (void)json_line(stdout,
                        json_pack("{s:s, s:s, s:o, s:o}", "check", check, "status", keys[health],
                                  "detail", json_text(detail), "mend", json_text(mend)),
                        JSON_DIGITS);
    else
        answer_line("%-4s  %-14s  %s%s%s", words[health], check, detail, mend ? "; " : "",
                    mend ? mend : "");
    (void)answer_end();
}

static void check_machine(struct doctor *doctor)
{
    struct utsname system;
    char simd[64] = "";
    put(doctor, WELL, "version", NULL, "vultus %s", vultus_version());
    for (int i = CPU_SCALAR + 1; i < CPU_SIMD_COUNT; i++)
        if (cpu_has((enum cpu_simd)i)) {
            size_t used = strlen(simd);
            snprintf(simd + used, sizeof simd - used, " %s", cpu_simd_name((enum cpu_simd)i));
        }
    if (uname(&system))
        memcpy(system.machine, "unknown", sizeof "unknown");
    put(doctor, WELL, "processor", NULL, "%s, %u for this process, has%s, uses %s", system.machine,
        pool_processors(), simd[0] ? simd : " no SIMD", vultus_simd());
    if (cpu_simd_not_taken())
        put(doctor, NOTE, "VULTUS_SIMD", "unset it, or name one that the processor has",
            "\"%.32s\" is not taken", cpu_simd_not_taken());
    double page = (double)sysconf(_SC_PAGESIZE) / (1024.0 * 1024 * 1024);
    double total = (double)sysconf(_SC_PHYS_PAGES) * page;
    double unused = (double)sysconf(_SC_AVPHYS_PAGES) * page;
    put(doctor, total < 0.4 ? NOTE : WELL, "memory",
        total < 0.4 ? "large pictures may not fit" : NULL, "%.1f GiB, %.1f unused", total, unused);
    put(doctor, WELL, "ONNX Runtime", NULL, "%s", vultus_runtime_version());
}

static void check_models(struct doctor *doctor)
{
    char folder[FILE_PATH_MAX] = "";
    vultus_models models = {0};
    vultus_error error = {0};
    const char *where = doctor->options->models;
    if (!where && vultus_models_folder(folder, sizeof folder, &error)) {
        put(doctor, ILL, "models", NULL, "%s", error.message);
        return;
    }
    where = where ? where : folder;
    if (vultus_models_list(where, &models, &error)) {
        put(doctor, ILL, "models", NULL, "%s", error.message);
        return;
    }
    if (error.message[0])
        put(doctor, ILL, "models", "remove the folder or install the pack again", "%s",
            error.message);
    else if (!models.count)
        put(doctor, ILL, "models", "run: vultus models install", "none in %s", where);
    for (size_t i = 0; i < models.count; i++) {
        const char *pack = models.items[i].pack;
        if (i && !strcmp(models.items[i - 1].pack, pack))
            continue;
        vultus_error trouble = {0};
        if (vultus_models_check(where, pack, &trouble))
            put(doctor, ILL, "models",
                strstr(trouble.message, "; run: ") ? NULL : "run: vultus models install --force",
                "%s", trouble.message);
        else
            put(doctor, WELL, "models", NULL, "pack %s in %s: hashes right, networks run", pack,
                where);
    }
    vultus_models_clear(&models);
}

static void check_engine(struct doctor *doctor)
{
    vultus_error error = {0};
    vultus_engine_options options = session_engine(doctor->options, 1);
    if (vultus_engine_open(&options, &doctor->session.engine, &error)) {
        put(doctor, ILL, "engine", NULL, "%s", error.message);
        return;
    }
    const vultus_engine *engine = doctor->session.engine;
    doctor->models = true;
    put(doctor, WELL, "engine", NULL, "detector %s, embedder %s: %zu numbers, threshold %.4g",
        vultus_engine_detector(engine), vultus_engine_embedder(engine),
        vultus_engine_dimension(engine),
        (double)vultus_engine_threshold(engine, VULTUS_METRIC_COSINE));
}

/* One search reads every embedding that this embedder made. */
static vultus_status try_search(struct doctor *doctor, vultus_error *error)
{
    vultus_identity who;
    size_t dimension = vultus_engine_dimension(doctor->session.engine);
    float *probe = mem_zalloc(dimension, sizeof *probe);
    if (!probe)
        return status_memory(error, "a probe");
    probe[0] = 1;
    vultus_status status = vultus_gallery_identify(doctor->session.gallery, doctor->session.engine,
                                                   probe, NULL, &who, error);
    mem_free(probe);
    return status;
}

static void check_gallery(struct doctor *doctor)
{
    char path[FILE_PATH_MAX];
    vultus_people people = {0};
    vultus_error error = {0};
    vultus_gallery_options options = {
        .read_only = true, .must_exist = true, .key_file = doctor->options->key_file};
    size_t faces = 0;
    if (session_gallery_path(doctor->options, path, sizeof path) && !file_exists(path)) {
        put(doctor, NOTE, "gallery", "vultus enroll makes it", "none yet at %s", path);
        return;
    }
    vultus_status status =
        vultus_gallery_open(doctor->options->db, &options, &doctor->session.gallery, &error);
    if (!status)
        status = vultus_gallery_people(doctor->session.gallery, &people, &error);
    for (size_t i = 0; i < people.count; i++)
        faces += people.items[i].faces;
    if (!status && doctor->models)
        status = try_search(doctor, &error);
    bool closed = path[0] && access(path, W_OK);
    if (status)
        put(doctor, ILL, "gallery", NULL, "%s", error.message);
    else
        put(doctor, closed ? NOTE : WELL, "gallery",
            closed ? "it can be read only; check who may write the file" : NULL,
            "%s: %zu people, %zu faces", vultus_gallery_location(doctor->session.gallery),
            people.count, faces);
    vultus_people_clear(&people);
}

static void check_font(struct doctor *doctor)
{
    static const uint8_t data[64 * 64 * 3];
    vultus_pixels pixels = {data, 64, 64, 0, VULTUS_PIXELS_RGB};
    vultus_label label = {.face.box = {8, 24, 32, 32}, .text = "Ada 0.63", .match = true};
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_status status = vultus_image_wrap(&pixels, &image, &error);
    if (!status)
        status = vultus_image_annotate(image, &label, 1, &error);
    if (status)
        put(doctor, ILL, "font",
            status == VULTUS_ERR_NOT_FOUND ? "install fonts-dejavu-core" : NULL, "%s",
            error.message);
    else
        put(doctor, WELL, "font", NULL, "names can be written into tagged copies");
    vultus_image_free(image);
}

static void check_installer(struct doctor *doctor)
{
    static const char *const programs[] = {"python3", "npm"};
    char installer[FILE_PATH_MAX];
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (share_has_program(programs[i]))
            put(doctor, WELL, programs[i], NULL, "found");
        else /* without models to run, it is in the way */
            put(doctor, doctor->models ? NOTE : ILL, programs[i], "install it",
                "not found; models install needs it");
    }
    bool there = share_path("tools/models/install.py", installer, sizeof installer) &&
                 file_exists(installer);
    put(doctor,
        there            ? WELL
        : doctor->models ? NOTE
                         : ILL,
        "installer", there ? NULL : "install vultus again, or set VULTUS_SHARE", "%s%s", installer,
        there ? "" : " is missing");
}

int cmd_doctor(const struct options *options)
{
    struct doctor doctor = {.options = options, .session.options = options};
    check_machine(&doctor);
    check_models(&doctor);
    check_engine(&doctor);
    check_gallery(&doctor);
    check_font(&doctor);
    check_installer(&doctor);
    session_close(&doctor.session);
    return doctor.ill ? EXIT_ENVIRONMENT : EXIT_DONE;
}
