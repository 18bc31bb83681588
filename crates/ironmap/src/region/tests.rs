//! Every access against damage that is noted by hand, in private memory: Miri, which has neither
//! files nor signals, can run them.

use std::mem::MaybeUninit;

use super::*;

/// Returns three pages of memory that can be damaged.
fn region() -> Region {
    let flags = os::MAP_PRIVATE | os::MAP_ANON;
    let layout = Layout::new(os::PROT_READ | os::PROT_WRITE, flags, 0).unwrap();
    let backing = Backing {
        at_risk: true,
        ..Backing::memory()
    };
    Region::map(3 * backing.page, layout, backing, -1).unwrap()
}

/// Returns the result of each access to the `count` bytes at `at`, a few of them far apart.
fn accesses(region: &mut Region, at: usize, count: usize) -> Vec<Result<()>> {
    let mut into = vec![MaybeUninit::uninit(); count];
    let mut bytes = vec![0; count];
    let [few, step] = [count.min(3), count.div_ceil(3)];
    let range = at..at + count;
    vec![
        region.read(at, &mut into).map(drop),
        region.read_over(at, &mut bytes),
        region.append_to(&mut Vec::new(), range.clone()),
        region.gather(at, 1, &mut into),
        region.gather(at + count - 1, -1, &mut into),
        region.gather(at, step as isize, &mut into[..few]),
        region
            .scan(&range, |_| ())
            .and_then(|()| region.check_loaded(at, count)),
        region.count_byte(1, range.clone()).map(drop),
        region.write(at, &bytes),
        region.scatter(at, 1, &bytes),
        region.scatter(at + count - 1, -1, &bytes),
        region.copy_within(range.clone(), at),
        region.fill(0, range),
    ]
}

fn assert_damaged_at(expected: usize, result: Result<()>) {
    let fault = result.unwrap_err().fault().expect("a fault");
    assert_eq!(fault.at, expected);
}

#[test]
fn access_of_damage_fails() {
    let mut region = region();
    let page = region.backing.page;
    region.guard.note_damage(1..2);
    for (at, count) in [
        (page - 1, 2),
        (page - 1, page + 2),
        (page, 1),
        (page + 9, page),
    ] {
        for result in accesses(&mut region, at, count) {
            assert_damaged_at(at.max(page), result);
        }
    }
    for at in [page, 2 * page - 1] {
        assert_damaged_at(at, region.byte(at).map(drop));
        assert_damaged_at(at, region.set_byte(at, 1));
    }
    assert_damaged_at(page, region.copy_within(0..9, page));
    assert_damaged_at(page, region.copy_within(page..page + 9, 0));
}

#[test]
fn access_beside_damage_succeeds() {
    let mut region = region();
    let page = region.backing.page;
    region.guard.note_damage(1..2);
    for (at, count) in [
        (0, page),
        (page - 1, 1),
        (2 * page, page),
        (3 * page - 1, 1),
    ] {
        for result in accesses(&mut region, at, count) {
            result.unwrap();
        }
        region.set_byte(at, 1).unwrap();
        assert_eq!(region.byte(at).unwrap(), 1);
    }
    region.write(page, b"").unwrap();
    region.copy_within(0..page, 2 * page).unwrap();
}

#[test]
fn read_over_in_threads_sees_damage() {
    let region = region();
    let page = region.backing.page;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut bytes = [1; 9];
                while region.read_over(2 * page, &mut bytes).is_ok() {
                    assert_eq!(bytes, [0; 9]);
                }
                assert!(region.read_over(page - 9, &mut bytes).is_ok());
            });
        }
        region.guard.note_damage(2..3);
    });
}

#[test]
fn restore_of_scattered_private_damage_is_unsupported() {
    let mut region = region();
    region.guard.note_damage(0..1);
    region.guard.note_damage(2..3);
    let error = region.restore(os::NO_FILE).unwrap_err();
    assert!(error.is_unsupported());
    assert_damaged_at(0, region.byte(0).map(drop));
}

#[test]
fn grow_mapping_keeps_bytes_and_damage() {
    let mut region = region();
    let page = region.backing.page;
    region.write(page - 2, b"kept").unwrap();
    region.guard.note_damage(2..3);
    region.grow_mapping(5 * page, -1).unwrap();
    region.set_len_and_trim(5 * page);
    let mut bytes = [1; 4];
    region.read_over(page - 2, &mut bytes).unwrap();
    assert_eq!(&bytes, b"kept");
    assert_damaged_at(2 * page, region.read_over(2 * page - 2, &mut bytes));
    region.read_over(5 * page - 4, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 4]);
}

/// Maps two pages of a file that has one, as of a device or not.
#[cfg_attr(miri, ignore = "a file")]
#[test]
fn write_to_device_is_not_prefaulted() {
    use std::os::fd::AsRawFd;

    for is_device in [false, true] {
        let file = tempfile::tempfile().unwrap();
        let page = os::page_size();
        file.set_len(2 * page as u64).unwrap();
        let protection = os::PROT_READ | os::PROT_WRITE;
        let layout = Layout::new(protection, os::MAP_SHARED, 0).unwrap();
        let backing = Backing {
            at_risk: true,
            is_device,
            ..Backing::memory()
        };
        let mut region = Region::map(2 * page, layout, backing, file.as_raw_fd()).unwrap();
        file.set_len(page as u64).unwrap();
        assert!(region.write(page - 2, b"lost").unwrap_err().is_fault());
        let first = region.byte(page - 1).unwrap();
        assert_eq!(first == b'o', is_device, "the first page has {first}");
    }
}
