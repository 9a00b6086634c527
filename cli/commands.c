/*
 * The table of commands. Dispatch, the help of each command, the completion of shells and the test
 * that reads the manual page all start here; a new command is one entry and one file.
 */
#include "command.h"

#include <vultus/vultus.h>

#include <string.h>

const struct command commands[] = {
    {.name = "detect",
     .summary = "find faces in pictures",
     .operands = "IMAGE|DIR...",
     .text =
         "Lists the faces of each picture, the largest first: the box in pixels of the upright\n"
         "picture, the detector's score, the shorter side, the sharpness, and the quality: how\n"
         "likely such a picture is recognised. Folders are read with all that is in them; only\n"
         "JPEG, PNG and WebP files are looked at there.\n",
     .examples = "vultus detect party.jpg\n"
                 "vultus detect --json --landmarks holiday/ > faces.jsonl\n"
                 "vultus detect --annotate tagged/ *.jpg\n",
     .exits = "0  every picture was looked at, with faces or without\n"
              "3  some pictures could not be read\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                        OPTION_LANDMARKS, OPTION_ANNOTATE, OPTION_ATTRIBUTES, OPTION_LIVENESS,
                        OPTION_THRESHOLD, OPTION_MIN_SIZE),
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_detect},
    {.name = "enroll",
     .alias = "enrol",
     .summary = "learn people from pictures",
     .operands = "DIR... | --name NAME IMAGE|DIR... | --name NAME --camera SOURCE",
     .text =
         "Stores one face of each picture in the gallery, under a name. A folder holds a folder\n"
         "for each person (DIR/Ada Lovelace/1.jpg, at most one level deeper), or one picture\n"
         "for each person (DIR/Ada Lovelace.jpg), or both. With --name all pictures show one\n"
         "person. A picture with no face, several, a small, blurred, dark or covered one is not\n"
         "used, and is named with the reason. The same picture twice is one face. With --camera\n"
         "the best few pictures of whoever is before it are taken, from the front and both\n"
         "sides, and short lines say what to do for that.\n",
     .examples = "vultus enroll people/\n"
                 "vultus enroll --name \"Ada Lovelace\" ada1.jpg ada2.jpg\n"
                 "vultus enroll --name \"Ada Lovelace\" --camera /dev/video0\n"
                 "vultus enroll --dry-run --select largest people/\n",
     .exits = "0  every picture is in the gallery\n"
              "3  some pictures were not used; --camera: none was good enough\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                        OPTION_DB, OPTION_KEY_FILE, OPTION_ACTOR, OPTIONS_EMBEDDING, OPTION_NAME,
                        OPTION_SELECT, OPTION_MIN_SIZE, OPTION_MIN_SHARPNESS, OPTION_ALIGNED,
                        OPTION_DRY_RUN, OPTION_CAMERA, OPTION_SECONDS, OPTION_PICTURES),
     .least = 0, /* --camera stands for them */
     .most = OPERANDS_MAX,
     .run = cmd_enroll},
    {.name = "identify",
     .summary = "say who is in pictures",
     .operands = "IMAGE|DIR...",
     .text =
         "Compares every face with the people of the gallery. A face whose nearest person is\n"
         "near enough has that name, any other is unknown. COSINE or DISTANCE is to the nearest\n"
         "person, known or not; SIMILARITY the probability that it is this person; FAR the\n"
         "share of strangers for whom somebody in the gallery is as near; SECOND is the next\n"
         "person and MARGIN how much nearer the first one is. A face is named where that\n"
         "share is at most --far, however many people are in the gallery.\n"
         "With --classifier no gallery is needed: SIMILARITY is the probability\n"
         "of the likeliest of the people that the classifier learnt.\n",
     .examples = "vultus identify holiday/\n"
                 "vultus identify --annotate tagged/ --top 3 party.jpg\n"
                 "vultus identify --json --strict door.jpg\n",
     .exits = "0  every picture was answered\n"
              "1  --strict: a face is unknown\n"
              "3  some pictures could not be read\n",
     .options =
         OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTIONS_DECISION,
                 OPTIONS_DOUBT, OPTION_NO_PROGRESS, OPTION_DB, OPTION_KEY_FILE, OPTIONS_EMBEDDING,
                 OPTION_TOP, OPTION_TEMPLATE, OPTION_EXACT, OPTION_ANNOTATE, OPTION_STRICT,
                 OPTIONS_FILTER, OPTION_CLASSIFIER, OPTIONS_LIVENESS),
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_identify},
    {.name = "watch",
     .summary = "say who comes and goes in videos",
     .operands = "SOURCE...",
     .text =
         "Follows the faces of recordings, cameras and streams, and names them by the gallery.\n"
         "A source is a video file, a folder of pictures, - for an encoded stream on standard\n"
         "input, rgb24:WIDTHxHEIGHT@FPS for bare pixels there, camera:0 or /dev/video0, or an\n"
         "address that begins with rtsp://, http:// or https://. A line is written when a face\n"
         "appears, is identified or surely unknown, changes its name, and has left. Recordings "
         "are\n"
         "looked at frame by frame and give the same answer each time; of a camera the newest\n"
         "frame counts. Without a gallery faces are followed and have no names. --display shows\n"
         "it all in a window, recordings in their own time, and enrols who is there with a key.\n"
         "--redact covers faces as vultus redact does, and leaves those of --except.\n",
     .examples = "vultus watch party.mp4\n"
                 "vultus watch --json --cooldown 60 rtsp://camera.local/door\n"
                 "vultus watch --display camera:0 rtsp://camera.local/door\n"
                 "vultus watch --redact blur --except Ada --output talk-redacted.mp4 talk.mp4\n"
                 "vultus watch --summary who.csv --timeline who.png --snapshots faces/ party.mp4\n",
     .exits = "0  all sources have ended\n"
              "3  a source could not be read\n"
              "4  the models or the gallery cannot be had, or a file cannot be written\n",
     .options =
         OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTIONS_DECISION,
                 OPTIONS_LIVENESS,
                 OPTIONS_DOUBT, OPTION_NO_PROGRESS, OPTION_DB, OPTION_KEY_FILE, OPTIONS_EMBEDDING,
                 OPTION_TEMPLATE, OPTION_EXACT, OPTIONS_FILTER, OPTION_EVERY, OPTION_FPS,
                 OPTION_INTERVAL, OPTION_CONFIRM, OPTION_ABSENCE, OPTION_COOLDOWN, OPTION_PROFILE,
                 OPTION_SUMMARY, OPTION_TIMELINE, OPTION_SNAPSHOTS, OPTION_OUTPUT, OPTION_REDACT,
                 OPTION_EXCEPT, OPTION_DISPLAY, OPTION_FULLSCREEN, OPTION_ACTOR),
     .least = 1,
     .most = VULTUS_WATCH_SOURCES_MAX,
     .run = cmd_watch},
    {.name = "verify",
     .summary = "tell whether two pictures show one person",
     .operands = "A B",
     .text = "Compares the largest face of one picture with the largest face of the other. With\n"
             "--require-live both have to look live.\n",
     .examples = "vultus verify passport.jpg selfie.jpg\n"
                 "vultus verify --metric euclidean --threshold 1.1 a.jpg b.jpg\n",
     .exits = "0  one person\n"
              "1  two people\n"
              "3  a picture cannot be read or has no face\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTIONS_DECISION,
                        OPTIONS_DOUBT, OPTIONS_EMBEDDING, OPTION_SIAMESE, OPTIONS_LIVENESS),
     .least = 2,
     .most = 2,
     .run = cmd_verify},
    {.name = "redact",
     .summary = "make faces in pictures and films unrecognisable",
     .operands = "IMAGE|DIR|VIDEO...",
     .text =
         "Writes copies in which every face is blurred, or, with --except, every face but those\n"
         "of these people of the gallery; a face that is not surely theirs is blurred. Films\n"
         "(.mp4, .mov, .mkv) are searched frame by frame, faces are followed where the detector\n"
         "misses them for a moment, and sound is left out. --output is a file for one input, a\n"
         "folder for several. A VIDEO is a file, or any source that docs/video.md lists.\n",
     .examples = "vultus redact --output street-redacted.jpg street.jpg\n"
                 "vultus redact --method pixelate --output redacted/ holiday/ party.mp4\n"
                 "vultus redact --except \"Ada Lovelace\" --output talk-redacted.mp4 talk.mp4\n",
     .exits = "0  every input has its copy\n"
              "3  some inputs could not be read; nobody has a name of --except\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTIONS_DECISION,
                        OPTIONS_DOUBT, OPTION_NO_PROGRESS, OPTION_DB, OPTION_KEY_FILE,
                        OPTIONS_EMBEDDING, OPTION_OUTPUT, OPTION_METHOD, OPTION_EXCEPT),
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_redact},
    {.name = "embed",
     .summary = "write the embeddings of people's pictures to a file",
     .operands = "DIR...",
     .text = "Reads folders of people as enroll does and writes one row for each picture, of the\n"
             "face in its middle: the embedding, the person's name and the file, as safetensors.\n"
             "Evaluate folder, calibrate and train take such a file where they take a folder, and\n"
             "need no pictures then.\n",
     .examples = "vultus embed people/ --output people.safetensors\n",
     .exits = "0  every picture is in the file\n"
              "3  some pictures could not be used\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                        OPTIONS_EMBEDDING, OPTION_OUTPUT, OPTION_ALL_FACES, OPTION_WHOLE_PICTURE),
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_embed},
    {.name = "cluster",
     .summary = "group unknown faces into people",
     .operands = "IMAGE|DIR...",
     .text =
         "Looks at pictures, groups their faces into people, and remembers both in a file, the\n"
         "album: next time only new and changed pictures are looked at. All faces are grouped\n"
         "again then, and clusters keep their numbers, names and what was said about them. Two\n"
         "faces of one picture are never one person. Faces under 32 pixels (or --min-face), and\n"
         "those that are less sharp than --min-sharpness, are left out. The first operand may be\n"
         "the name of a subcommand; a folder of that name is ./list. Merge, split, link and "
         "unlink\n"
         "hold in all that follows, and undo takes the last of them back. --output makes a folder\n"
         "for each person, of links to the pictures. With --truth folders are people, and the one\n"
         "face in the middle of each picture is grouped and compared with them; nothing is\n"
         "remembered.\n",
     .examples = "vultus cluster holiday/\n"
                 "vultus cluster --output by-person/ --min-size 3 holiday/\n"
                 "vultus cluster name 4 \"Ada Lovelace\" --enroll\n"
                 "vultus cluster split 4 17 23\n"
                 "vultus cluster --truth people/\n",
     .exits = "0  done\n"
              "1  reset: the question was answered with no\n"
              "3  some pictures could not be used; there is no such cluster or face\n"
              "4  the album is in use, or cannot be read or written\n",
     .options =
         OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                 OPTIONS_EMBEDDING, OPTION_METHOD, OPTION_THRESHOLD, OPTION_FAR, OPTION_CALIBRATION,
                 OPTION_SEED, OPTION_MIN_SIZE, OPTION_MIN_SHARPNESS, OPTION_STATE, OPTION_KEEP,
                 OPTION_TRUTH, OPTION_OUTPUT, OPTION_COPY, OPTION_WHOLE_PICTURE),
     .subcommands = cluster_subcommands,
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_cluster},
    {.name = "people",
     .summary = "list and change who is in the gallery",
     .text = "Each change is all or nothing, and they are on the disk when the command ends. "
             "Export writes\n"
             "one JSON object for each face, with the embedding and a thumbnail (JPEG in base64):\n"
             "what the gallery knows about a person. Undo takes back renaming, merging, moving, "
             "facts and\n"
             "\"not\", the latest first; deleting is final. Whose retention has passed is unknown "
             "from then\n"
             "on, and is erased by gallery compact. \"Not\" holds for a whole picture.\n",
     .examples = "vultus people list\n"
                 "vultus people rename \"Ada Byron\" \"Ada Lovelace\"\n"
                 "vultus people export \"Ada Lovelace\" --output ada.jsonl\n"
                 "vultus people delete --yes \"Ada Lovelace\"\n",
     .exits = "0  done\n"
              "1  delete: the question was answered with no; review --strict: something was found\n"
              "3  nobody has the name, or somebody else has the new one\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTION_ACTOR, OPTION_YES,
                        OPTION_OUTPUT),
     .subcommands = people_subcommands},
    {.name = "gallery",
     .summary = "copy, check and move the gallery",
     .text =
         "Backup writes a copy of one moment while others use the gallery, and checks it. Restore\n"
         "checks a copy before it takes the gallery's place; others who have it open see the new\n"
         "one. Check looks at every page and row, and compares the search files with them; with\n"
         "--repair it removes those that are wrong, and the next search makes them anew. With\n"
         "--erased it looks for what is left of somebody. Compact writes the file anew without\n"
         "unused pages, in memory first. Export writes a JSON object for each face, and one for\n"
         "what is known of a person. Import reads them: what is there already is left alone, so\n"
         "an import that was interrupted is run again. Migrate gives every face an embedding by\n"
         "another model, of its picture or of its thumbnail, and keeps the old one; --drop-old\n"
         "removes the faces by other embedders when all have the new one.\n"
         "Rekey encrypts the gallery with the key in a file, changes the key, or takes it away;\n"
         "keygen makes a key. A key that is lost cannot be replaced: keep a copy of it.\n",
     .examples = "vultus gallery backup /backup/gallery.db\n"
                 "vultus gallery restore --force /backup/gallery.db\n"
                 "vultus gallery check --erased \"Ada Lovelace\"\n"
                 "vultus gallery export - | vultus gallery import --db other.db -\n"
                 "vultus gallery migrate --to dlib/resnet29\n"
                 "vultus gallery keygen my.key && vultus gallery rekey --to-key-file my.key\n",
     .exits = "0  done; check: all is well\n"
              "1  check: something is wrong, or something is left of the person\n"
              "3  the file is there already, cannot be read, or has rows that cannot be used;\n"
              "   migrate: some faces could not be embedded\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTION_NO_PROGRESS),
     .subcommands = gallery_subcommands},
    {.name = "models",
     .summary = "install and check the networks",
     .text =
         "A pack is a folder with networks and a pack.json that says where they come from,\n"
         "what they need and which SHA-256 they have. Install is the only command of vultus\n"
         "that uses the network: it fetches the packages that publish the models. For networks\n"
         "that you have yourself, contracts lists what is known of the usual ones.\n",
     .examples = "vultus models install\n"
                 "vultus models info mobile\n"
                 "vultus models add --contract yunet face_detection_yunet_2023mar.onnx\n"
                 "vultus models add --contract contract.json --name mine network.onnx\n",
     .exits = "0  done\n"
              "1  remove: the question was answered with no\n"
              "3  there is no such pack, or what is added cannot be read\n"
              "4  a pack is missing or damaged, or cannot be fetched\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_MODELS, OPTION_FORCE, OPTION_CONTRACT, OPTION_NAME,
                        OPTION_YES),
     .subcommands = models_subcommands},
    {.name = "evaluate",
     .summary = "measure accuracy on pictures with known answers",
     .text =
         "Folder enrols one folder of people and looks up every face of another.\n"
         "Pairs reads a file in the format of LFW's pairs.txt, or CSV with the columns file_x,\n"
         "file_y, Decision (Yes or No), and embeds every picture once. Of several faces it\n"
         "takes the one with the greatest area minus twice the squared distance of its centre\n"
         "from the picture's, because pictures of this kind have the person in the middle and\n"
         "bystanders beside. Pairs with a picture without a face are left out, unless\n"
         "--whole-picture is given. Accuracy is the mean over folds, the threshold of each\n"
         "chosen on the others. --output has the score of every pair.\n"
         "Detection reads ground truth as WIDER FACE has it, dlib's XML, or lines with a file,\n"
         "x1 y1 x2 y2 and five points. A box is a true positive when it is the best on its\n"
         "face with an overlap of 0.5; faces that are marked invalid count for nothing. What\n"
         "the detector's threshold withholds cannot add to the average precision: a low\n"
         "--det-threshold gives the longer curve, which --output has point by point.\n"
         "Landmarks compares points, in the boxes that the detector finds and, for dlib's XML\n"
         "with a --landmarker, also in the true boxes. Errors are mean distances in parts of\n"
         "the distance of the eyes; --output has them face by face.\n",
     .examples = "vultus evaluate folder known/ test/ --html report.html\n"
                 "vultus evaluate folder --split 0.5 people.safetensors\n"
                 "vultus evaluate pairs pairs.txt --root lfw/\n"
                 "vultus evaluate pairs pairs.csv --output scores.csv --json\n"
                 "vultus evaluate detection wider_face_val_bbx_gt.txt --root WIDER_val/images/\n"
                 "vultus evaluate landmarks testing_with_face_landmarks.xml --landmarker "
                 "dlib/points68\n",
     .exits = "0  everything was measured\n"
              "3  some pictures could not be used\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                        OPTIONS_EMBEDDING, OPTION_ROOT, OPTION_OUTPUT),
     .subcommands = evaluate_subcommands},
    {.name = "train",
     .summary = "learn from people's pictures",
     .text =
         "Learns something small and quick on top of the embeddings. Where a folder of people is\n"
         "asked for (as enroll reads them), a file by embed does as well.\n",
     .examples =
         "vultus train classifier people/ --output people.classifier\n"
         "vultus train classifier people/ --method svm-rbf --grid \"C=1,10\" -o a.classifier\n"
         "vultus train metric people/ --name mine\n"
         "vultus train metric people.safetensors --loss arcface --output mine/\n",
     .exits = "0  done\n"
              "3  some pictures could not be used\n",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                        OPTIONS_EMBEDDING, OPTION_OUTPUT),
     .subcommands = train_subcommands},
    {.name = "calibrate",
     .summary = "learn what scores mean: thresholds by false accept rate",
     .text =
         "Compares people with each other and with themselves, and stores for the embedder how\n"
         "likely a score is one person, and which share of strangers reaches it: alone (FAR of a\n"
         "comparison) and against a gallery of many people. Verify and identify say so with every\n"
         "answer from then on, and take --far in place of a threshold. The more people, the finer\n"
         "the rates that can be told; what is finer than the data is extrapolated. TAR is the\n"
         "share of pairs of one person that pass. --name says what the data are.\n",
     .examples = "vultus calibrate folder people/\n"
                 "vultus calibrate pairs pairs.txt --root lfw/\n"
                 "vultus calibrate gallery\n"
                 "vultus identify --far 1e-3 holiday/\n",
     .exits = "0  stored\n"
              "3  some pictures could not be used, or there are too few people\n",
     .options = OPTIONS(OPTIONS_OUTPUT),
     .subcommands = calibrate_subcommands},
    {.name = "bench",
     .summary = "measure speed on this machine",
     .text =
         "Pipeline measures one picture, stage by stage; overhead is the time outside the\n"
         "networks in percent of the time inside. Folder measures pictures per second, how\n"
         "busy the processors are and the most memory used. Start measures fresh processes,\n"
         "each of which is one `bench once`. All but folder use one thread unless --threads is\n"
         "given, because only then do the times of networks add up to the whole.\n",
     .examples = "vultus bench pipeline --repeat 50 party.jpg\n"
                 "vultus bench folder holiday/\n"
                 "vultus bench start --json\n",
     .exits = "0  measured\n"
              "3  a picture could not be read\n",
     .options =
         OPTIONS(OPTION_JSON, OPTION_QUIET, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS,
                 OPTION_DB, OPTION_KEY_FILE, OPTIONS_EMBEDDING, OPTION_REPEAT, OPTION_PEOPLE),
     .subcommands = bench_subcommands},
    {.name = "serve",
     .summary = "answer over HTTP",
     .operands = "",
     .text =
         "Finds, enrols and identifies faces for other programs, over the gallery, until it is\n"
         "stopped; docs/server.md has every route. What was accepted is finished first. Beyond\n"
         "this machine it starts only where there are keys. Standard error has one line for each\n"
         "request. SIGHUP makes it read its files again.\n",
     .examples = "vultus serve\n"
                 "vultus serve --config server.conf --check\n"
                 "vultus serve --listen 0.0.0.0:8080 --workers 4\n",
     .exits = "0  stopped by a signal\n"
              "2  the address or a setting is wrong, or there are no keys\n"
              "4  the address, the models or the gallery cannot be had\n",
     .options = OPTIONS(OPTION_LISTEN, OPTION_WORKERS, OPTION_JOB_WORKERS, OPTION_MAX_BODY,
                        OPTION_QUEUE, OPTION_DEADLINE, OPTION_RATE, OPTION_KEYS, OPTION_INSECURE,
                        OPTION_NO_UI, OPTION_KEEP_UNKNOWN, OPTION_HEARTBEAT, OPTION_CAMERA,
                        OPTION_CAMERA_SOURCE, OPTION_CORS, OPTION_TLS_CERT, OPTION_TLS_KEY,
                        OPTION_CONFIG, OPTION_CHECK, OPTION_CALIBRATION, OPTION_TEMPLATE, OPTION_DB,
                        OPTION_KEY_FILE, OPTION_MODELS, OPTION_PIPELINE, OPTION_DETECTOR,
                        OPTION_LANDMARKER, OPTION_EMBEDDER, OPTIONS_OUTPUT),
     .run = cmd_serve},
    {.name = "keys",
     .summary = "say who may use the server",
     .text =
         "Create shows the key once; the file has only its hash. A server that runs sees new and\n"
         "revoked keys within a second. As soon as there is one, every request needs one.\n",
     .examples = "vultus keys create --scope enrol \"front door\"\n"
                 "vultus keys list\n"
                 "vultus keys revoke 1f2e3d4c\n",
     .exits = "0  done\n"
              "3  there is no such key\n"
              "4  others may use the file of keys\n",
     .options = OPTIONS(OPTION_QUIET, OPTION_DB, OPTION_KEYS),
     .subcommands = keys_subcommands},
    {.name = "doctor",
     .summary = "check that everything is in place",
     .operands = "",
     .text = "Says in one line each what works and what does not, and how to mend it.\n",
     .examples = "vultus doctor\n"
                 "vultus doctor --json\n",
     .exits = "0  all is well\n"
              "4  something has to be mended\n",
     .options = OPTIONS(OPTION_JSON, OPTION_QUIET, OPTION_DB, OPTION_KEY_FILE, OPTION_MODELS,
                        OPTION_PIPELINE, OPTION_DETECTOR, OPTION_LANDMARKER, OPTION_EMBEDDER),
     .run = cmd_doctor},
    {.name = "help",
     .summary = "explain a command",
     .operands = "[COMMAND [SUBCOMMAND]]",
     .text = "The same as `vultus COMMAND --help`.\n",
     .examples = "vultus help enroll\n",
     .exits = "0  explained\n",
     .options = OPTIONS(OPTION_WORDS),
     .most = 2,
     .run = cmd_help},
    {.name = NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (!strcmp(command->name, name) || (command->alias && !strcmp(command->alias, name)))
            return command;
    return NULL;
}

const struct subcommand *subcommand_find(const struct command *command, const char *name)
{
    for (const struct subcommand *sub = command->subcommands; sub && sub->name; sub++)
        if (!strcmp(sub->name, name))
            return sub;
    return NULL;
}

bool command_takes(const struct command *command, enum option_id id)
{
    bool taken = option_taken(command, NULL, id);
    for (const struct subcommand *sub = command->subcommands; sub && sub->name && !taken; sub++)
        taken = option_taken(command, sub, id);
    return taken;
}
