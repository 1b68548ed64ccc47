"""A small byte-pair vocabulary in the form of CLIP's tokenizer files."""
import json
import os

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers


def byte_symbols():
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(256 - len(plain))]


def vocabulary(sentences, size):
    """A vocabulary in CLIP's form and order: symbols, symbols that end a word, merges, the two tags."""
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    bpe.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pattern, behavior="removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False)])
    bpe.train_from_iterator(sentences, trainers.BpeTrainer(
        vocab_size=size, end_of_word_suffix="</w>", initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m)
              for m in json.loads(bpe.to_str())["model"]["merges"]]
    words = byte_symbols() + [s + "</w>" for s in byte_symbols()] + [a + b for a, b in merges] \
        + ["<|startoftext|>", "<|endoftext|>"]
    return {word: number for number, word in enumerate(dict.fromkeys(words))}, merges


def save_tokenizer(folder, words, merges):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/vocab.json", "w") as f:
        json.dump(words, f, ensure_ascii=False, separators=(",", ":"))
    with open(f"{folder}/merges.txt", "w") as f:
        f.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    with open(f"{folder}/tokenizer_config.json", "w") as f:
        json.dump({"model_max_length": 77, "pad_token": "<|endoftext|>", "tokenizer_class": "CLIPTokenizer"}, f)
