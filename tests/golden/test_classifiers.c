/* Classifiers against scikit-learn's, on embeddings that both sides make from one seed. */
#include "decide/classifier.h"
#include "golden.h"
#include "made_up_people.h"

struct data {
    struct made_up_people made;
    struct made_up_rows train, test;
};

static void open_data(const json_t *golden, struct data *data)
{
    float first[8];
    made_up_open(&data->made, (uint64_t)golden_number(golden, "seed"),
                 (size_t)golden_number(golden, "people"),
                 (size_t)golden_number(golden, "dimension"), golden_number(golden, "spread"));
    data->train = made_up_rows(&data->made, 2, 4);
    data->test = made_up_rows(&data->made, (size_t)golden_number(golden, "tested"), 0);
    golden_floats(json_object_get(golden, "first"), 8, first);
    for (size_t j = 0; j < 8; j++) /* else nothing below means anything */
        assert_true(fabsf(first[j] - data->train.rows[j]) < 2e-6f);
}

static void close_data(struct data *data)
{
    made_up_clear(&data->train);
    made_up_clear(&data->test);
    made_up_close(&data->made);
}

static void balance(struct data *data, bool balanced)
{
    for (size_t i = 0; i < data->train.count; i++) {
        size_t own = 0;
        for (size_t k = 0; k < data->train.count; k++)
            own += data->train.person[k] == data->train.person[i];
        data->train.weight[i] =
            balanced ? (double)data->train.count / (double)(data->made.people * own) : 1;
    }
}

static void train(struct data *data, const char *method, const char *parameters,
                  struct classifier_model *out)
{
    vultus_error error = {0};
    struct classifier_task task = {.data = {.rows = data->train.rows,
                                            .person = data->train.person,
                                            .weight = data->train.weight,
                                            .count = data->train.count,
                                            .dimension = data->made.dimension,
                                            .people = data->made.people},
                                   .seed = 1};
    classifier_defaults(&task.parameters);
    assert_non_null(classifier_find(method));
    assert_ok(classifier_parse(classifier_find(method), parameters, &task.parameters, &error),
              &error);
    balance(data, task.parameters.balanced);
    assert_ok(classifier_fit(classifier_find(method), &task, out, &error), &error);
    assert_true(classifier_sound(out));
}

static void check_case(struct data *data, const json_t *test)
{
    const char *method = json_string_value(json_object_get(test, "method"));
    const char *parameters = json_string_value(json_object_get(test, "parameters"));
    const json_t *named = json_object_get(test, "named");
    const json_t *probabilities = json_object_get(test, "probability");
    struct classifier_model model;
    struct classifier_verdict verdict;
    double probability[64], apart = 0;
    size_t same = 0, right = 0;
    train(data, method, parameters, &model);
    void *room = mem_aligned(classifier_room(&model) + 1, 1);
    assert_non_null(room);
    for (size_t i = 0; i < data->test.count; i++) {
        const uint32_t truth = data->test.person[i];
        classifier_predict(&model, data->test.rows + i * data->made.dimension, room, probability,
                           &verdict);
        same += verdict.person == (size_t)json_integer_value(json_array_get(named, i));
        right += verdict.person == truth;
        if (probabilities)
            apart = fmax(apart, fabs(probability[truth] -
                                     json_number_value(json_array_get(probabilities, i))));
    }
    const double accuracy = (double)right / (double)data->test.count;
    printf("%-10s %-45s %zu of %zu the same, accuracy %.4f (theirs %.4f), apart %.1e\n", method,
           parameters, same, data->test.count, accuracy, golden_number(test, "accuracy"), apart);
    if (!strcmp(method, "forest")) /* other random numbers: as good, not the same */
        assert_true(accuracy > golden_number(test, "accuracy") - 0.04);
    else
        assert_true(same * 100 >= data->test.count * 99);
    assert_true(apart < 0.01);
    mem_free(room);
    classifier_clear(&model);
}

static void answers_are_those_of_scikit_learn(void **state)
{
    (void)state;
    struct data data;
    const json_t *test;
    size_t i;
    json_t *golden = golden_read("classifiers.json");
    open_data(golden, &data);
    assert_true(data.made.people <= 64 && json_array_size(json_object_get(golden, "cases")) >= 10);
    json_array_foreach(json_object_get(golden, "cases"), i, test) check_case(&data, test);
    close_data(&data);
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
