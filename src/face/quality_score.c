/*
 * One number for the quality of a face: a logistic regression on the measures, with weights that are not
 * negative, so that no measure that gets worse makes the score better. It was taught how often faces that
 * were spoilt on purpose are recognised beside another picture of the person (tools/quality/fit.py), which
 * is what makes it predict errors; see Grother and Tabassi 2007, "Performance of Biometric Quality
 * Measures". The terms say where a measure begins to matter: beyond that a face is good enough.
 */
#include "face/quality_tables.h"

#include <math.h>

/* Binary logarithm of how many times `value` is below `enough`, at most 4; a measure of NaN is enough. */
static float short_of(float value, float enough)
{
    if (isnan(value) || value >= enough)
        return 0;
    return fminf(4, log2f(enough / fmaxf(value, 1e-6f)));
}

static float beyond(float value, float enough, float full)
{
    return value > enough ? fminf(1, (value - enough) / (full - enough)) : 0;
}

static void find_terms(const vultus_quality *q, float confidence, float out[QUALITY_TERMS])
{
    float odds =
        q->sharpness / fmaxf(1 - q->sharpness, 1e-6f); /* linear in the Laplacian's energy */
    out[QUALITY_TERM_SIZE] = short_of(q->size, 80);
    out[QUALITY_TERM_BLUR] = short_of(odds, 1);
    out[QUALITY_TERM_DARK] = short_of(q->brightness, 0.3f);
    out[QUALITY_TERM_BRIGHT] = beyond(q->brightness, 0.6f, 1);
    out[QUALITY_TERM_FLAT] = short_of(q->contrast, 0.25f);
    out[QUALITY_TERM_YAW] = q->yaw * q->yaw;
    out[QUALITY_TERM_PITCH] = isnan(q->pitch) ? 0 : q->pitch * q->pitch;
    out[QUALITY_TERM_ROLL] = beyond(fabsf(q->roll), 15, 60);
    out[QUALITY_TERM_OCCLUSION] = isnan(q->occlusion) ? 0 : q->occlusion;
    out[QUALITY_TERM_DOUBT] = beyond(1 - confidence, 0, 0.3f);
}

float quality_score(const vultus_quality *quality, float confidence)
{
    float terms[QUALITY_TERMS], sum = quality_model.bias;
    if (isnan(quality->sharpness))
        return NAN;
    find_terms(quality, confidence, terms);
    for (size_t i = 0; i < QUALITY_TERMS; i++)
        sum -= quality_model.weights[i] * terms[i];
    return 1 / (1 + expf(-sum));
}

enum quality_fault quality_fault(const vultus_quality *quality, float confidence,
                                 const char **words)
{
    static const struct {
        enum quality_fault fault;
        const char *words;
    } faults[QUALITY_TERMS] = {
        [QUALITY_TERM_SIZE] = {QUALITY_FAULT_SMALL, "small"},
        [QUALITY_TERM_BLUR] = {QUALITY_FAULT_BLURRED, "blurred"},
        [QUALITY_TERM_DARK] = {QUALITY_FAULT_DARK, "dark"},
        [QUALITY_TERM_BRIGHT] = {QUALITY_FAULT_DARK, "too bright"},
        [QUALITY_TERM_FLAT] = {QUALITY_FAULT_DARK, "dark or without contrast"},
        [QUALITY_TERM_YAW] = {QUALITY_FAULT_POSE, "turned to a side"},
        [QUALITY_TERM_PITCH] = {QUALITY_FAULT_POSE, "bowed or raised"},
        [QUALITY_TERM_ROLL] = {QUALITY_FAULT_POSE, "tilted"},
        [QUALITY_TERM_OCCLUSION] = {QUALITY_FAULT_COVERED, "covered in part"},
        [QUALITY_TERM_DOUBT] = {QUALITY_FAULT_DOUBT, "hardly a face to the detector"},
    };
    float terms[QUALITY_TERMS], most = -1;
    size_t worst = 0;
    find_terms(quality, confidence, terms);
    for (size_t i = 0; i < QUALITY_TERMS; i++)
        if (quality_model.weights[i] * terms[i] > most) {
            most = quality_model.weights[i] * terms[i];
            worst = i;
        }
    if (words)
        *words = faults[worst].words;
    return faults[worst].fault;
}
