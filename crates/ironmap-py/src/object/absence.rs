//! The reason why an object has no map.

use crate::errors::Raised;
use crate::interpreter::objects::call;
use crate::interpreter::{Python, StoredRef};

/// The reason why an object has no map: an exception's class and its arguments. Each use
/// raises a new exception, so no traceback grows.
pub(crate) struct Absence {
    pub(crate) class: StoredRef,
    pub(crate) arguments: StoredRef,
}

impl Absence {
    pub(crate) fn raise(&self, py: Python<'_>) -> Raised {
        Raised::instance(call(self.class.get(py), self.arguments.get(py)))
    }

    /// Returns new references to the same objects.
    pub(super) fn clone_ref(&self, py: Python<'_>) -> Absence {
        Absence {
            class: StoredRef::new(self.class.get(py).to_owned()),
            arguments: StoredRef::new(self.arguments.get(py).to_owned()),
        }
    }

    pub(super) fn release(self, py: Python<'_>) {
        self.class.release(py);
        self.arguments.release(py);
    }
}
