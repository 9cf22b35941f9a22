from compressclf.models.sizes import bytes_to_fit, documents_for


def test_a_sample_takes_a_quarter_of_the_memory():
    for memory, mean, n_classes in ((10**9, 500.0, 4), (10**8, 50.0, 150)):
        n = documents_for(memory, mean, n_classes)
        taken = bytes_to_fit(n, int(n * mean), n_classes)
        assert 0.24 * memory < taken <= 0.25 * memory


def test_a_sample_has_a_document():
    assert documents_for(1000, 10.0**6, 2) == 1
