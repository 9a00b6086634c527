/* What the table of detectors says of itself: the options that each reads, and those of its contract. */
#include "engine/engine.h"
#include "support.h"

static vultus_status check(const char *method, const vultus_detect_options *options,
                           vultus_error *error)
{
    return detect_check_options(detect_method_of(method), "mine", options, error);
}

static void options_without_use_are_named(void **state)
{
    static const struct {
        const char *method;
        vultus_detect_options options;
        const char *said; /* NULL: it has a use */
    } cases[] = {
        {"yunet", {.min_face = 0}, NULL},
        {"yunet", {.min_face = 30, .thresholds = {0.5f}}, NULL},
        {"yunet", {.thresholds = {0, 0, 0.5f}}, NULL},
        {"yunet",
         {.thresholds = {0.5f, 0, 0.5f}},
         "thresholds: the detector mine has no use for it"},
        {"yunet", {.upsample = 1}, "upsample: the detector mine has no use for it"},
        {"mtcnn", {.upsample = 1}, "upsample: "},
        {"mtcnn", {.scale_factor = 1.2f}, "scale-factor: "},
        {"mtcnn", {.thresholds = {0.5f, 0.6f, 0.7f}, .min_face = 40}, NULL},
        {"hog", {.upsample = 2, .thresholds = {1}, .min_face = 90}, NULL},
        {"hog", {.min_neighbors = 3}, "min-neighbors: "},
        {"mmod", {.min_face = 90}, "min-face: "},
        {"cascade",
         {.upsample = 1, .scale_factor = 1.2f, .min_neighbors = 2, .min_face = 30},
         NULL},
        {"cascade", {.thresholds = {0, 0, 1}}, "det-threshold: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_error error = {0};
        vultus_status status = check(cases[i].method, &cases[i].options, &error);
        assert_int_equal(status, cases[i].said ? VULTUS_ERR_ARGUMENT : VULTUS_OK);
        if (cases[i].said && !strstr(error.message, cases[i].said))
            fail_msg("case %zu: %s", i, error.message);
    }
}

static void contracts_have_no_other_options(void **state)
{
    struct contract_model contract = {.id = "mine",
                                      .method = "hog",
                                      .options = {{.name = "treshold", .count = 1}},
                                      .option_count = 1};
    struct engine_model model = {.contract = &contract};
    struct engine_detector detector = {0};
    struct engine_landmarks landmarks = {0};
    vultus_error error = {0};
    (void)state;
    assert_error(VULTUS_ERR_FORMAT, engine_open_detector(&model, &detector, &error), &error,
                 "detector mine: options.treshold: the method hog knows no such option");
    contract.kind = CONTRACT_LANDMARKS;
    memcpy(contract.method, "trees", sizeof "trees");
    assert_error(VULTUS_ERR_FORMAT, engine_open_landmarks(&model, &landmarks, &error), &error,
                 "landmarks mine: options.treshold");
    assert_null(detector.method);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_without_use_are_named),
        cmocka_unit_test(contracts_have_no_other_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
