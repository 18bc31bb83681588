"""A link of the crate's reference that leads nowhere is noticed."""

import doc_links


def page(folder, name, text):
    (folder / name).write_text(text)


def test_doc_links_valid(tmp_path, capsys):
    repository = doc_links.REPOSITORY
    page(tmp_path, "other.html", '<h2 id="there">x</h2>')
    page(
        tmp_path,
        "page.html",
        '<p id="here"><a href="#here"> <a href="other.html"> <a href="other.html#there">'
        f'<a href="{repository}blob/main/README.md"> <a href="https://example.org/#x">',
    )
    assert doc_links.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("5 links in 2 pages of the reference, 0 lead")


def test_doc_links_broken(tmp_path, capsys):
    gone = f"{doc_links.REPOSITORY}tree/main/docs/gone.md"
    links = ["#gone", "gone.html", gone, "other.html#gone"]
    page(tmp_path, "other.html", "")
    page(tmp_path, "page.html", "".join(f'<a href="{link}">' for link in links))
    assert doc_links.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [f"page.html: {link}" for link in links]


def test_doc_links_no_reference(tmp_path):
    assert doc_links.main([str(tmp_path)]) == 1
