//! Six methods of the class as `#[pymethods]`, over the same core: what
//! `compare.py` holds beside the class that ironmap has.

use std::cell::Cell;
use std::cmp::min;
use std::mem::{MaybeUninit, transmute};

use ironmap::Mmap;
use pyo3::exceptions::{PyIndexError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pyclass(name = "mmap", subclass, weakref, unsendable)]
struct Map {
    map: Option<Mmap>,
    position: Cell<usize>,
}

impl Map {
    fn open(&self) -> PyResult<&Mmap> {
        let closed = || PyValueError::new_err("mmap closed or invalid");
        self.map.as_ref().ok_or_else(closed)
    }
}

#[pymethods]
impl Map {
    #[new]
    fn new(_fileno: i32, length: usize) -> PyResult<Map> {
        let map = Mmap::anonymous(length).map_err(|e| PyOSError::new_err(e.to_string()))?;
        Ok(Map {
            map: Some(map),
            position: Cell::new(0),
        })
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(self.open()?.len())
    }

    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<u8> {
        let map = self.open()?;
        let index: isize = key.extract()?;
        let at = if index < 0 {
            index.wrapping_add(map.len() as isize)
        } else {
            index
        };
        let out_of_range = |_| PyIndexError::new_err("mmap index out of range");
        map.byte(at as usize).map_err(out_of_range)
    }

    fn tell(&self) -> PyResult<usize> {
        self.open()?;
        Ok(self.position.get())
    }

    #[pyo3(signature = (pos, whence=0, /))]
    fn seek(&self, pos: isize, whence: i32) -> PyResult<usize> {
        let len = self.open()?.len();
        let base = match whence {
            0 => 0,
            1 => self.position.get(),
            2 => len,
            _ => return Err(PyValueError::new_err("unknown seek type")),
        };
        match base.checked_add_signed(pos) {
            Some(position) if position <= len => {
                self.position.set(position);
                Ok(position)
            }
            _ => Err(PyValueError::new_err("seek out of range")),
        }
    }

    #[pyo3(signature = (n=None, /))]
    fn read<'py>(&self, py: Python<'py>, n: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let map = self.open()?;
        let start = self.position.get();
        let most = n.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let count = min(most, map.len().saturating_sub(start));
        let bytes = PyBytes::new_with(py, count, |place| {
            // SAFETY: initialised bytes may be seen as maybe uninitialised ones here:
            // the core only stores bytes into them.
            let place = unsafe { transmute::<&mut [u8], &mut [MaybeUninit<u8>]>(place) };
            map.read_uninit_at(start, place)
                .map_err(|e| PyOSError::new_err(e.to_string()))
        })?;
        self.position.set(start + count);
        Ok(bytes)
    }
}

#[pymodule]
fn by_pymethods(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Map>()
}
