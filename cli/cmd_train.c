/* vultus train: its subcommands, and what their options are. */
#include "command.h"

#define OPTIONS_TRAIN                                                                              \
    OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS, OPTIONS_EMBEDDING,    \
        OPTION_OUTPUT, OPTION_WHOLE_PICTURE, OPTION_SEED

const struct subcommand train_subcommands[] = {
    {.name = "classifier",
     .operands = "DIR|FILE...",
     .summary = "which of these people a face is",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_train_classifier,
     .options = OPTIONS(OPTIONS_TRAIN, OPTION_METHOD, OPTION_C, OPTION_GAMMA, OPTION_N_NEIGHBORS,
                        OPTION_WEIGHTS, OPTION_N_ESTIMATORS, OPTION_MAX_DEPTH, OPTION_CLASS_WEIGHT,
                        OPTION_TOL, OPTION_MAX_ITER, OPTION_CV, OPTION_GRID, OPTION_FAR,
                        OPTION_STRANGERS_FROM),
     .text =
         "Learns to tell the people apart, by --method; its parameters have scikit-learn's names.\n"
         "Accuracy, F1 and log-loss are of pictures that were held out in turn. Strangers are\n"
         "rejected by how near a face is to the person's mean and how likely the person is; the\n"
         "threshold comes from people who were left out of the training, and lets --far of them\n"
         "through. One picture of a person is enough to be learnt, and too few to be tested.\n"},
    {.name = "metric",
     .operands = "DIR|FILE...",
     .summary = "a projection that tells people apart better",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_train_metric,
     .options = OPTIONS(OPTIONS_TRAIN, OPTION_NAME, OPTION_LOSS, OPTION_MINING, OPTION_START,
                        OPTION_MARGIN, OPTION_HIDDEN, OPTION_DIMENSION, OPTION_IDENTITY, OPTION_LR,
                        OPTION_WEIGHT_DECAY, OPTION_EPOCHS, OPTION_BATCH, OPTION_PATIENCE,
                        OPTION_VALIDATION, OPTION_VERBOSE, OPTION_HTML),
     .text =
         "Learns a projection of the embeddings, for pictures that the embedder does badly on: "
         "one\n"
         "camera, blur, a uniform. Part of the people is held out; after every epoch they say how\n"
         "good it is, and the best one is kept, which may be the start. The result is a model "
         "like\n"
         "any other (--embedder NAME) that needs the embedder it was learnt on. --name installs "
         "it;\n"
         "--output DIR writes its folder for `vultus models add` instead. Its threshold is that "
         "of\n"
         "equal error rates on the held-out people, its threshold among many people that of a\n"
         "false accept rate of 1e-3. Interrupted, it writes nothing.\n"},
    {.name = "siamese",
     .operands = "DIR|FILE... | --pairs FILE",
     .summary = "when two pictures show one person",
     .least = 0,
     .most = OPERANDS_MAX,
     .run = cmd_train_siamese,
     .options =
         OPTIONS(OPTIONS_TRAIN, OPTION_C, OPTION_PAIRS, OPTION_ROOT, OPTION_HARD, OPTION_HELD_OUT),
     .text =
         "Learns how much each number of two embeddings may differ: the sigmoid of a weighted sum\n"
         "of the differences, for verify --siamese and evaluate pairs --siamese. The table "
         "compares\n"
         "it with the plain cosine (or distance) on people of whom nothing was learnt; then\n"
         "everybody is learnt from. The cosine of a good embedder is hard to beat: look first.\n"},
    {.name = NULL},
};
