"""Every public name of the two packages is there, and completion shows it."""

import pytest

import analysis
import sim


@pytest.mark.parametrize("package", [sim, analysis], ids=["sim", "analysis"])
def test_every_public_name_is_there(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", [sim, analysis], ids=["sim", "analysis"])
def test_another_name_is_refused(package):
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(package, "noth" + "ing")
