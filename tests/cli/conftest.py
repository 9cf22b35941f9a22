import gzip

import numpy as np
import pytest
from PIL import Image

from compressclf import NCDClassifier, save_model

GOOD = b"text,label\none one,a\ntwo two,b\nuno uno,a\ndos dos,b\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with everything that can be wrong, and good.csv."""
    monkeypatch.chdir(tmp_path)
    files = {
        "good.csv": GOOD,
        "empty.csv": b"",
        "header.csv": b"text,label\n",
        "columns.csv": b"sentence,class\none,a\n",
        "fields.csv": b"text,label\none,a\ntwo, three,b\n",
        "quote.csv": b'text,label\none,a\n"two,b\n',
        "mixed.csv": "text,label\none,a\ncafé,b\n".encode() + "café,a\n".encode("latin-1"),
        "binary.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "cut.csv.gz": gzip.compress(GOOD * 50)[:-20],
        "fake.csv.gz": GOOD,
        "cut.csv.zst": bytes.fromhex("28b52ffd2004210000"),
        "notes.docx": b"PK",
        "flat/1.txt": b"one",
        "both/b/1.txt": b"one",
        "pictures/a/1.png": b"no picture",
        "locked/a/1.txt": b"one",
        "bad.jsonl": b'{"text": "one", "label": "a"}\n{"text": "two" "label": "b"}\n',
        "list.jsonl": b'["one", "a"]\n',
        "number.jsonl": b'{"text": 7, "label": "a"}\n',
        "fake.parquet": b"PAR0" * 9,
        "one.csv": b"text,label\none,a\ntwo,a\n",
        "unlabelled.txt": b"one\ntwo\n",
        "gap.csv": b"text,label\none,a\ntwo,\n",
        "broken/records/full.jsonl": b"{}\n",
        "newer/config.json": b'{"format": "compressclf-model", "format_version": 99}',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "both" / "a").mkdir()
    Image.new("L", (2, 2)).save(tmp_path / "both" / "a" / "1.png")
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    np.savez(tmp_path / "objects.npz", x_train=np.array([None, []], dtype=object), y_train=[0, 1])
    np.savez(tmp_path / "lengths.npz", x_train=np.zeros((2, 4)), y_train=[0, 1, 2])

    save_model(NCDClassifier(1).fit(["one", "two"], ["a", "b"]), "saved")

    def locked(path):  # root may read everything, so the refusal is made here
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    original = type(tmp_path).iterdir
    monkeypatch.setattr(type(tmp_path), "iterdir", locked)
    return tmp_path
