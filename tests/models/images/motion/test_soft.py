import numpy as np

from compressclf.models.images.motion.soft import soft_class_code, soft_label_bits

INF = np.inf


def test_by_hand():
    bits = np.array([[10.0, 12.0, 14.0]])
    labels = np.array([[0, 1, 1]])
    # One candidate more of 14 bits each: 2^-10 + 2^-14 = 17/2^14, and 2^-12 + 2 · 2^-14 = 6/2^14.
    code = soft_class_code(bits, labels, 2, 1.0)
    assert np.allclose(code, [[14 - np.log2(17), 14 - np.log2(6)]])
    assert np.allclose(
        soft_class_code(bits, labels, 2, 2.0),
        [[-2 * np.log2(2**-5 + 2**-7), -2 * np.log2(2**-6 + 2 * 2**-7)]],
    )
    assert np.allclose(soft_label_bits(bits, labels, np.array([1]), 2, 1.0), np.log2(23 / 6))


def test_a_small_temperature_is_the_nearest():
    bits = np.array([[900.0, 901.0, 950.0], [5.0, 3.0, 4.0]])
    labels = np.array([[0, 1, 1], [0, 1, 0]])
    code = soft_class_code(bits, labels, 3, 0.01)
    assert np.allclose(code[:, :2], [[900, 901], [4, 3]], atol=0.02)
    assert np.allclose(code[:, 2], [910, 5], atol=50)
    assert (code[:, 2] >= code[:, :2].max(axis=1)).all()


def test_candidates_that_are_not_there_count_for_nothing():
    bits, labels = np.array([[8.0, 9.0, INF, INF]]), np.array([[0, 1, 1, 0]])
    assert np.array_equal(
        soft_class_code(bits, labels, 2, 1.0), soft_class_code(bits[:, :2], labels[:, :2], 2, 1.0)
    )
    nothing = soft_class_code(np.array([[INF]]), np.array([[1]]), 2, 1.0)
    assert nothing[0, 0] == nothing[0, 1]
    assert np.isfinite(nothing).all()


def test_far_classes_have_finite_bits():
    code = soft_class_code(np.array([[0.0, 1e7]]), np.array([[0, 1]]), 2, 1.0)
    assert np.isfinite(code).all()
    assert code[0, 1] == 1000
