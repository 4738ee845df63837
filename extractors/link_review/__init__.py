"""Review of links by people: sealed worklists go out, verdicts come in, the next linking reads them (M5).

    store       what is kept: pairs to ask about, verdicts, the state's own model
    assign      who is asked about which exam row, and who a second time
    worklist    the file that a reviewer is given: columns, XLSX and CSV
    filled      the file that comes back, checked before anything is believed
    models      the model that a linking goes by
    train       the state's own model, judged on rows that are held out
    desk        the steps, each one call: hand out, take in, how it stands

What does not belong here: how rows are compared and linked (`person_linkage`), keys (`warehouse.vault`), words for
people (`cli_linkage`).
"""
