import pytest

from tests.compressors.causal import tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Folders of tiny models with byte-level BPE, by architecture."""
    tokenizer = tiny.byte_level()
    found = {}
    for name, make in tiny.ARCHITECTURES.items():
        found[name] = str(tmp_path_factory.mktemp(name))
        make(len(tokenizer)).save_pretrained(found[name])
        tokenizer.save_pretrained(found[name])
    return found
