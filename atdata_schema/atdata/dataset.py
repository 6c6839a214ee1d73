"""`Dataset`: typed samples that lie in shards, and views of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from atdata.bridging import lens_for
from atdata.compatibility import check_same
from atdata.errors import LoadError, QueryError, SplitNotFound
from atdata.loadable import Loadable
from atdata.ranks import seed_of
from atdata.sample_type import schema_of
from atdata.shards.index.blocks import Verify
from atdata.shards.reader import ShardFile
from atdata.shards.shard_set import ShardSet
from atdata.shards.sizes import count_of
from atdata.split_expression import SplitPart
from atdata.views import columns
from atdata.views.choices import Kept, Listed, Part, Stretch, is_many
from atdata.views.chosen import Choice, Chosen
from atdata.views.interleaving import Stop, mixed
from atdata.views.joined import Joined
from atdata.views.mapped import Mapped
from atdata.views.plan import Plan
from atdata.views.put_back import put_back
from atdata.views.seen import seen
from atdata.views.span import Span
from atdata.views.stored import Stored
from atdata.views.streamed import Streamed
from atdata_schema.lens import SampleLens
from atdata_schema.schema import Schema

if TYPE_CHECKING:
    from atdata.lenses.finding import Lenses
    from atdata.manifest.query.conditions import Condition

__all__ = ["Dataset"]

S = TypeVar("S")
U = TypeVar("U")
S_co = TypeVar("S_co", covariant=True)


class Dataset(Loadable[S_co]):
    """Samples of one type, in shards; made by `load_dataset` and `write_samples`.

    Samples and batches are read when they are asked for, and a dataset is as cheap to make as it is to
    pickle: it holds the names of its shards and its schema. Counting, indexing and shuffling read the
    headers of the shards once.

    The verbs (`select`, `take`, `map`, `filter`, ...) give views: datasets that read the same shards. The
    order in which they are called is the order in which they take effect, in every way of going through
    the view. What only chooses samples or columns costs batches nothing; `map` and `filter` go sample by
    sample.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds = atdata.write_samples(map(Word, "abcdef"), Path(folder) / "words.tar")
    ...     print(len(ds), ds[-1].text, next(iter(ds.ordered(batch_size=2))).text)
    ...     view = ds[1:].filter(lambda word: word.text != "d").take(3)
    ...     print([batch.text for batch in view.ordered(batch_size=2)], view)
    6 f ['a', 'b']
    [['b', 'c'], ['e']] <Dataset[Word]: view of 1 shard, split 'train': [1:], filter(<lambda>), [:3]>
    """

    def __init__(
        self,
        shards: tuple[ShardFile, ...],
        sample_type: type[S_co],
        *,
        schema: Schema | None = None,
        split: str | None = None,
        verify: Verify = "first",
        cache: bool | None = None,
        extra: bool = False,
        streaming: bool = False,
        lenses: Lenses | None = None,
    ) -> None:
        plan = Streamed if streaming else Stored
        self._plan: Plan = plan(ShardSet(shards, verify, cache=cache), sample_type, extra=extra)
        self._schema = schema
        self._split = split
        self._lenses = lenses

    @classmethod
    def _of(cls, plan: Plan, schema: Schema | None, split: str | None) -> Dataset[Any]:
        made: Dataset[Any] = cls.__new__(cls)
        made._plan, made._schema, made._split, made._lenses = plan, schema, split, None
        return made

    def _like(self, plan: Plan, schema: Schema | None) -> Dataset[Any]:
        made = self._of(plan, schema, self._split)
        made._lenses = self._lenses
        return made

    @overload
    def __getitem__(
        self, index: slice | Sequence[int] | NDArray[np.integer[Any] | np.bool_]
    ) -> Dataset[S_co]: ...
    @overload
    def __getitem__(self, index: str) -> Dataset[S_co]: ...
    @overload
    def __getitem__(self, index: SupportsIndex) -> S_co: ...
    def __getitem__(self, index: Any) -> Any:
        """The sample at a position, or a view of the samples of a slice, a list or an array of positions.

        Negative positions count from the end; an array of truth values chooses where it is true. The name of
        its own split gives the dataset itself, so that `load_dataset(path)["train"]` is the same whether there
        are other splits or not.

        Raises:
            IndexError: there are not that many samples.
            SplitNotFound: the dataset is another split.
            LoadError: the shards are packed.
            ShardError: the shard is damaged.
            DecodeError: the sample is not of the type.
        """
        if isinstance(index, slice):
            return self._chosen(Stretch.of(index))
        if isinstance(index, str):
            return self._own(index)
        if is_many(index):
            return self.select(index)
        self._plan.check_random()
        number, count = operator.index(index), len(self)
        if not -count <= number < count:
            raise IndexError(f"index {number} is out of range: the dataset has {count} samples")
        return self._plan.sample(number % count)

    def _own(self, split: str) -> Dataset[S_co]:
        if split == self._split:
            return self
        known = "no one split" if self._split is None else f"the split {self._split!r}"
        raise SplitNotFound(
            f"the dataset is {known}, not {split!r}; samples are found by position, or by key with get()"
        )

    def as_type(self, sample_type: type[U], lenses: Lenses | None = None) -> Dataset[U]:
        """The same samples as another class that reads them, or that a lens leads to.

        Optional fields that the data lacks are `None`; fields that the class lacks are passed over. A dataset
        without a schema takes any class; what does not fit shows when a sample is read.

        Args:
            sample_type: the class: another version of the data's type, for example.
            lenses: lenses to choose from, a `LensGraph` or an Index. Where they lead from the data's type to the
                class, over one or several, the samples are seen through them; else the class reads the data
                itself, if it can. Without any, those that the dataset was loaded with lead to a class that
                does not read the data, or those of the Index that it is from.

        Raises:
            SchemaMismatch: the class does not read the data, and no lens leads there; the message says what breaks.
            AmbiguousLensPath: several lenses lead there equally well, and do not do the same.
            LoadError: `sample_type` is no sample class.
        """
        stored = schema_of(self.sample_type) or self._schema
        lens = lens_for(stored, sample_type, lenses, self._lenses, self._plan.known_type)
        if lens is None:
            return self._like(self._plan.as_class(sample_type), stored)
        seen = self.view(lens)
        return seen if lens.view_class is sample_type else seen.as_type(sample_type)

    def view(self, lens: SampleLens[Any, U] | type[SampleLens[Any, U]]) -> Dataset[U]:
        """The same samples seen through a lens, one by one and in batches.

        A condition on a field that the lens only renames is answered as before; one on any other field is answered
        by going through the views. Where the samples are of another class than the lens reads, they are read
        as that one, as `as_type` does.

        Args:
            lens: one of `@atdata.lens`, of the lens language, of a compiled package, or several of these, `a | b`.

        Raises:
            SchemaMismatch: the lens reads samples of a type that the data is not.
            LensError: the lens leaves its classes open, and they cannot be told.
            LoadError: it is no lens.
        """
        plan, schema = seen(self._plan, self._schema, lens)
        return self._like(plan, schema)

    def put_back(
        self, views: Dataset[U] | Mapping[str, U], lens: SampleLens[S_co, U]
    ) -> Dataset[S_co]:
        """These samples, with changed views written into them by a lens, as they are read.

        Nothing is changed in place: `write_samples(ds.put_back(views, lens), path)` writes the samples anew, all of
        them or, where one view cannot be put, none.

        Args:
            views: a view for each sample, such as `ds.view(lens).map(change)`; or some of them by key.
            lens: the lens; it has to be two-way.

        Raises:
            LensError: the lens is read-only.
            SampleNotFound: a view has a key that no sample has.
            PutError: when it is read: no sample has a view. The message names field, value, reason and key.
            LoadError: when they are read: there are more or fewer views than samples, or others.
        """
        given = views._plan if isinstance(views, Dataset) else views
        plan, schema = put_back(self._plan, self._schema, given, lens)
        return self._like(plan, schema)

    # Views.

    def select(self, indices: Iterable[int] | NDArray[np.integer[Any] | np.bool_]) -> Dataset[S_co]:
        """The samples at some positions, in their order; an array of truth values chooses where it is true.

        Raises:
            IndexError: there are not that many samples; after a `filter`, when the view is read.
            TypeError: they are neither integers nor truth values.
            LoadError: the shards are packed.
        """
        self._plan.check_random()
        chosen = Chosen(self._plan, Listed.of(indices))
        if not self._plan.calls:
            chosen.count()  # so that what is out of range is found out here
        return self._like(chosen, self._schema)

    def take(self, n: int) -> Dataset[S_co]:
        """The first `n` samples, or as many as there are."""
        return self._chosen(Stretch(stop=count_of("n", n, LoadError, least=0)))

    def skip(self, n: int) -> Dataset[S_co]:
        """All samples but the first `n`."""
        return self._chosen(Stretch(start=count_of("n", n, LoadError, least=0)))

    def shard(self, num_shards: int, index: int, contiguous: bool = True) -> Dataset[S_co]:
        """One of `num_shards` parts, whose sizes differ by at most one.

        Args:
            num_shards: how many parts there are; files do not matter.
            index: which one, from 0.
            contiguous: whether the samples of a part stand together; else each part takes every
                `num_shards`-th one.

        Raises:
            LoadError: there is no such part.
        """
        return self._chosen(Part.of(num_shards, index, contiguous))

    def filter(self, fn: Callable[[S_co], object] | Condition) -> Dataset[S_co]:
        """The samples for which a function gives something true, or of which a condition is true.

        Going through the view in order calls the function as samples come by. A length, a position, a
        shuffled order, a state or ranks ask which samples it keeps: that is found out in one pass, once,
        and kept with the view. So the function has to answer the same each time.

        Exceptions of the function pass through, with a note of the sample's key.
        """
        if not callable(fn):
            # Imported where they are needed: most programs have no conditions.
            from atdata.manifest.query.conditions import Condition
            from atdata.manifest.query.judging import Judge

            if isinstance(fn, Condition):
                return self._chosen(Kept(Judge(fn)))
            raise LoadError(f"filter takes a function of a sample, got a {type(fn).__name__}")
        return self._chosen(Kept(fn))

    def where(self, *conditions: str | Condition) -> Dataset[S_co]:
        """The samples of which a condition is true; of several, those of which all are.

        What was written with `manifest=True` is found without reading a sample: shards in which statistics
        decide are left out, and the others are asked by columns. Without manifests the samples are read once,
        and a `ScanWarning` says so. Either way it is found out when the view is first read, and kept.

            ds.where("confidence > 0.9 and label in ['cat', 'dog']")
            ds.where(ds.f.confidence > 0.9, ds.f.label.isin(["cat", "dog"]))

        docs/QUERY.md has the language. A comparison with a field that has no value is false.

        Raises:
            QueryError: the condition cannot be understood, names a field that is not there, or compares a
                field with what it never is; the message shows the place.
        """
        # Imported where it is needed: most programs ask nothing.
        from atdata.views.matching import matched

        if not conditions:
            raise QueryError('where takes a condition, such as "confidence > 0.9"')
        plan = matched(self._plan, self._schema, conditions)
        return self._like(plan, self._schema)

    def map(self, fn: Callable[[S_co], U], sample_type: type[U] | None = None) -> Dataset[U]:
        """What a function makes of each sample: samples of another class, or changed ones of the same.

        The function is called each time that a sample is read. Keys stay as they are. Exceptions of the
        function pass through, with a note of the sample's key.

        Args:
            fn: gives a sample for a sample.
            sample_type: the class of what it gives; without it, that of its return annotation, or of its
                first result.

        Raises:
            LoadError: `sample_type` is no sample class.
            MapError: the function says that it returns nothing; or, while reading, it gives `None`, or what
                is no sample, or samples of several classes.
        """
        return self._like(Mapped(self._plan, fn, sample_type), None)

    def select_columns(self, names: str | Iterable[str]) -> Dataset[Any]:
        """The same samples with some of their fields, as a class made for them.

        Args:
            names: names of fields as the lexicon has them; the order of the fields stays.

        Raises:
            LoadError: there is no such field; the message suggests one.
        """
        plan, schema = columns.selected(self._plan, self._schema, names)
        return self._like(plan, schema)

    def rename_column(self, old: str, new: str) -> Dataset[Any]:
        """The same samples with a field under another name, as a class made for them.

        Raises:
            LoadError: there is no such field, or one that already has the new name.
            LexiconError: the new name cannot be that of a field.
        """
        plan, schema = columns.renamed(self._plan, self._schema, old, new)
        return self._like(plan, schema)

    def concat(self: Dataset[U], *others: Dataset[U]) -> Dataset[U]:
        """These samples, and then those of other datasets, whose models are the same.

        Raises:
            SchemaMismatch: a model differs; the message lists the differences.
        """
        return self._joined(others)

    def interleave(
        self: Dataset[U],
        others: Dataset[U] | Sequence[Dataset[U]],
        weights: Sequence[float] | None = None,
        seed: int = 0,
        stop: Stop = "first_exhausted",
    ) -> Dataset[U]:
        """The samples of this and other datasets in turn, or as often as weights say.

        Args:
            others: datasets whose models are the same.
            weights: how often each one is drawn, on the whole, this dataset first; they need not sum to 1.
            seed: another seed, another drawing.
            stop: `"first_exhausted"` ends with the last sample of the dataset that is used up first,
                `"all_exhausted"` with that of the one used up last; the others then begin again. Without
                weights the round is completed.

        Raises:
            SchemaMismatch: a model differs; the message lists the differences.
            LoadError: there are more or fewer weights than datasets, one is not above 0, or `stop` is
                unknown.
        """
        rest = [others] if isinstance(others, Dataset) else list(others)
        choice = mixed(len(rest) + 1, weights, seed_of(seed), stop)
        return self._joined(rest, single=True)._chosen(choice)

    def cut(self, part: SplitPart) -> Dataset[S_co]:
        """The samples that a slice in a split expression names, as `load_dataset` reads it.

        Raises:
            SplitError: there are fewer samples; when the view is read, where their number is not known yet.
        """
        count = self._plan.known_count()
        if count is not None:
            part.bounds(count)
        return self._chosen(Span(part))

    def _chosen(self, choice: Choice) -> Dataset[S_co]:
        return self._like(Chosen(self._plan, choice), self._schema)

    def _joined(self, others: Sequence[Dataset[Any]], *, single: bool = False) -> Dataset[Any]:
        if not others and not single:
            return self
        for other in others:  # which class is meant is not said, so that nothing may get lost in it
            check_same(schema_of(other.sample_type) or other._schema, self.sample_type)
        same = [self, *(other.as_type(self.sample_type) for other in others)]
        splits = {part._split for part in same}
        split = self._split if len(splits) == 1 else None
        made = self._like(Joined([part._plan for part in same]), self._schema)
        made._split = split
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._plan, self._schema, self._split)


def _restored(plan: Plan, schema: Schema | None, split: str | None) -> Dataset[Any]:
    """A dataset out of a pickle; the lenses that it knew are left, since an Index is not for every process."""
    return Dataset._of(plan, schema, split)
