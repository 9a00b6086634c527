/* Weights, and the rule that makes a state of them. Hysteresis is that the one who has the name keeps it until
 * another has `lead` times as much. */
#include "video/vote.h"

#include <math.h>
#include <string.h>

#define SURE 0.45f
#define LEAD 1.5f
#define FADE 0.85f
#define QUALITY_UNKNOWN 0.5f /* of a face without landmarks: as an ordinary picture */
#define QUALITY_LEAST 0.02f  /* even a bad picture says something */
#define FAR_USUAL                                                                                  \
    2.0f /* false accept rates, as negative exponents of ten: what a name needs anyway, */
#define FAR_SURE 6.0f /* and where nothing is left to doubt */
#define FAR_LEAST 1e-9f
#define FAR_NEAR 0.1f /* so few strangers are as near: it may yet be this person */
#define STRANGE_LEAST 0.2f

void vote_open(struct vote *vote, const struct vote_options *options)
{
    *vote = (struct vote){.similarity = NAN, .far = NAN};
    if (options)
        vote->options = *options;
    vote->options.sure = vote->options.sure > 0 ? vote->options.sure : SURE;
    vote->options.lead = vote->options.lead > 0 ? vote->options.lead : LEAD;
    vote->options.fade = vote->options.fade > 0 ? vote->options.fade : FADE;
}

static struct vote_voice *voice_of(struct vote *vote, const char *name)
{
    struct vote_voice *weakest = &vote->voices[0];
    for (size_t i = 0; i < VOTE_PEOPLE; i++) {
        struct vote_voice *voice = &vote->voices[i];
        if (!strcmp(voice->name, name))
            return voice;
        if (voice->weight < weakest->weight)
            weakest = voice;
    }
    *weakest = (struct vote_voice){.similarity = NAN, .far = NAN};
    strncat(weakest->name, name, VULTUS_NAME_MAX);
    return weakest;
}

static void speak(struct vote *vote, const char *name, float weight, const struct look *look)
{
    struct vote_voice *voice = voice_of(vote, name);
    voice->weight += weight;
    if (look && !(voice->far <= look->far)) {
        voice->similarity = look->similarity;
        voice->far = look->far;
    }
}

/* A bad picture that is nevertheless far nearer to somebody than strangers are says as much as a good one. */
static float weight_of(const struct look *look)
{
    float quality = isnan(look->quality) ? QUALITY_UNKNOWN : fmaxf(look->quality, QUALITY_LEAST);
    if (!look->match || !(look->far >= 0))
        return quality;
    float rare = (-log10f(fmaxf(look->far, FAR_LEAST)) - FAR_USUAL) / (FAR_SURE - FAR_USUAL);
    return quality + (1 - quality) * fminf(fmaxf(rare, 0), 1);
}

/* How much a look that is no match speaks for a stranger: little where somebody is nearly near enough. */
static float strangeness(float far)
{
    return far >= 0 && far < FAR_NEAR ? fmaxf(far / FAR_NEAR, STRANGE_LEAST) : 1;
}

static void weigh(struct vote *vote, const struct look *look)
{
    float weight = weight_of(look);
    bool somebody = look->name && look->name[0];
    vote->unknown *= vote->options.fade;
    for (size_t i = 0; i < VOTE_PEOPLE; i++)
        vote->voices[i].weight *= vote->options.fade;
    if (somebody && look->second && look->second[0]) {
        speak(vote, look->name, weight / 2, look);
        speak(vote, look->second, weight / 2, NULL);
    } else if (somebody && look->match)
        speak(vote, look->name, weight, look);
    else
        vote->unknown += weight * strangeness(look->far);
}

/* The voices with the most weight; `second` may be NULL. */
static void rank(const struct vote *vote, const struct vote_voice **first,
                 const struct vote_voice **second)
{
    *first = *second = NULL;
    for (size_t i = 0; i < VOTE_PEOPLE; i++) {
        const struct vote_voice *voice = &vote->voices[i];
        if (!voice->name[0] || !(voice->weight > 0))
            continue;
        if (!*first || voice->weight > (*first)->weight) {
            *second = *first;
            *first = voice;
        } else if (!*second || voice->weight > (*second)->weight)
            *second = voice;
    }
}

static void set_name(char out[VULTUS_NAME_MAX + 1], const struct vote_voice *voice)
{
    if (voice)
        memmove(out, voice->name, VULTUS_NAME_MAX + 1);
    else
        out[0] = '\0';
}

static void decide(struct vote *vote)
{
    const struct vote_voice *first, *second;
    rank(vote, &first, &second);
    float lead = vote->options.lead, sure = vote->options.sure;
    float most = first ? first->weight : 0, next = second ? second->weight : 0;
    bool keeps = vote->state == VOTE_NAMED && first && !strcmp(vote->name, first->name);
    if (first && most >= sure && most >= lead * fmaxf(next, vote->unknown)) {
        vote->state = VOTE_NAMED;
        set_name(vote->name, first);
        vote->second[0] = '\0';
    } else if (vote->unknown >= sure && vote->unknown >= lead * most) {
        vote->state = VOTE_UNKNOWN;
        vote->name[0] = vote->second[0] = '\0';
    } else if (vote->state != VOTE_NAMED && vote->state != VOTE_UNKNOWN && second &&
               most >= sure / 2 && most < lead * next && most > vote->unknown) {
        vote->state = VOTE_DOUBT;
        set_name(vote->name, first);
        set_name(vote->second, second);
    } else if (vote->state == VOTE_NAMED && !keeps && second && most < lead * next)
        set_name(vote->second, strcmp(vote->name, first->name) ? first : second);
}

bool vote_add(struct vote *vote, const struct look *look)
{
    enum vote_state state = vote->state;
    char name[VULTUS_NAME_MAX + 1];
    memcpy(name, vote->name, sizeof name);
    vote->looks++;
    weigh(vote, look);
    decide(vote);
    vote->similarity = vote->far = NAN;
    for (size_t i = 0; i < VOTE_PEOPLE; i++)
        if (vote->name[0] && !strcmp(vote->voices[i].name, vote->name)) {
            vote->similarity = vote->voices[i].similarity;
            vote->far = vote->voices[i].far;
        }
    return state != vote->state || strcmp(name, vote->name);
}
