// dlib's own stages, timed: the peer of vultus's HOG, landmarks, ResNet-29 and MMOD.
//
//     g++ -std=c++17 -O3 -o dlib_peer bench/peers/dlib_peer.cpp -ldlib -lopenblas -lpthread
//     OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=SKYLAKEX ./dlib_peer STAGE ARGUMENTS
//
// Debian: libdlib-dev, libopenblas-dev. With AVX-512 the CORETYPE matters: without it OpenBLAS as
// Debian has it takes a kernel that is two to three times slower. One thread throughout.
//
//     hog PICTURE UPSAMPLE           the frontal detector
//     hog_grey PICTURE UPSAMPLE      the same on a grey picture
//     points MODEL PICTURE           the shape of one face, in the detector's box
//     load MODEL                     reading a file of regression trees
//     resnet MODEL BATCH             embeddings of BATCH chips, milliseconds for each
//     mmod MODEL PICTURE UPSAMPLE    the detector by a network
//
// Prints the number of results and the least milliseconds of at least three turns and two seconds.

#include <dlib/dnn.h>
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace dlib;

template <int N, template <typename> class NORM, int STRIDE, typename SUBNET>
using block = NORM<con<N, 3, 3, 1, 1, relu<NORM<con<N, 3, 3, STRIDE, STRIDE, SUBNET>>>>>;
template <int N, typename SUBNET> using same = relu<add_prev1<block<N, affine, 1, tag1<SUBNET>>>>;
template <int N, typename SUBNET>
using down = relu<add_prev2<avg_pool<2, 2, 2, 2, skip1<tag2<block<N, affine, 2, tag1<SUBNET>>>>>>>;
template <typename SUBNET> using level64 = same<64, same<64, same<64, down<64, SUBNET>>>>;
template <typename SUBNET> using level32 = same<32, same<32, same<32, SUBNET>>>;
template <typename SUBNET> using level128 = same<128, same<128, down<128, SUBNET>>>;
template <typename SUBNET> using level256 = same<256, same<256, down<256, SUBNET>>>;
using start = max_pool<3, 3, 2, 2, relu<affine<con<32, 7, 7, 2, 2, input_rgb_image_sized<150>>>>>;
using resnet = loss_metric<
    fc_no_bias<128, avg_pool_everything<down<256, level256<level128<level64<level32<start>>>>>>>>;

template <int N, int STRIDE, typename SUBNET>
using step = relu<affine<con<N, 5, 5, STRIDE, STRIDE, SUBNET>>>;
template <typename SUBNET> using shrink = step<32, 2, step<32, 2, step<16, 2, SUBNET>>>;
using mmod = loss_mmod<
    con<1, 9, 9, 1, 1,
        step<45, 1, step<45, 1, step<45, 1, shrink<input_rgb_image_pyramid<pyramid_down<6>>>>>>>>;

using colour_image = matrix<rgb_pixel>;

struct measured {
    double milliseconds;
    size_t results;
};

static measured least_of(const std::function<size_t()> &work)
{
    using clock = std::chrono::steady_clock;
    measured best = {1e300, 0};
    auto begin = clock::now();
    for (int i = 0; i < 3 || clock::now() - begin < std::chrono::seconds(2); i++) {
        auto start = clock::now();
        best.results = work();
        std::chrono::duration<double, std::milli> time = clock::now() - start;
        best.milliseconds = std::min(best.milliseconds, time.count());
    }
    return best;
}

template <typename image_type> static image_type read_picture(const std::string &path)
{
    image_type picture;
    load_image(picture, path);
    return picture;
}

template <typename model_type> static model_type read_model(const std::string &path)
{
    model_type model;
    deserialize(path) >> model;
    return model;
}

template <typename image_type> static image_type enlarged(image_type picture, int times)
{
    for (int i = 0; i < times; i++)
        pyramid_up(picture);
    return picture;
}

template <typename image_type> static measured run_hog(const std::string &path, int upsample)
{
    auto picture = read_picture<image_type>(path);
    auto detector = get_frontal_face_detector();
    return least_of([&] { return detector(enlarged(picture, upsample)).size(); });
}

static measured run_points(const std::string &file, const std::string &path)
{
    auto model = read_model<shape_predictor>(file);
    auto picture = read_picture<colour_image>(path);
    auto faces = get_frontal_face_detector()(picture);
    if (faces.empty())
        throw error("no face in " + path);
    return least_of([&] { return model(picture, faces[0]).num_parts(); });
}

static measured run_load(const std::string &file)
{
    return least_of([&] { return read_model<shape_predictor>(file).num_parts(); });
}

static measured run_resnet(const std::string &file, size_t batch)
{
    auto network = read_model<resnet>(file);
    colour_image chip(150, 150);
    for (long i = 0; i < chip.size(); i++)
        chip(i / 150, i % 150) = rgb_pixel(i, i / 150, i % 150);
    std::vector<colour_image> chips(batch, chip);
    measured all = least_of([&] { return network(chips, batch).size(); });
    return {all.milliseconds / static_cast<double>(batch), all.results};
}

static measured run_mmod(const std::string &file, const std::string &path, int upsample)
{
    auto network = read_model<mmod>(file);
    auto picture = read_picture<colour_image>(path);
    return least_of([&] { return network(enlarged(picture, upsample)).size(); });
}

static measured run(const std::vector<std::string> &words)
{
    const std::string stage = words.empty() ? "" : words[0];
    if (stage == "hog" && words.size() == 3)
        return run_hog<colour_image>(words[1], std::stoi(words[2]));
    if (stage == "hog_grey" && words.size() == 3)
        return run_hog<matrix<unsigned char>>(words[1], std::stoi(words[2]));
    if (stage == "points" && words.size() == 3)
        return run_points(words[1], words[2]);
    if (stage == "load" && words.size() == 2)
        return run_load(words[1]);
    if (stage == "resnet" && words.size() == 3)
        return run_resnet(words[1], std::stoul(words[2]));
    if (stage == "mmod" && words.size() == 4)
        return run_mmod(words[1], words[2], std::stoi(words[3]));
    throw error("the stages and their arguments stand at the top of dlib_peer.cpp");
}

int main(int count, char **words)
{
    try {
        measured answer = run({words + 1, words + count});
        std::cout << answer.results << ' ' << answer.milliseconds << '\n';
    } catch (const std::exception &trouble) {
        std::cerr << "dlib_peer: " << trouble.what() << '\n';
        return 1;
    }
    return 0;
}
