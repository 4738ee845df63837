"""What a posting asks of a person: credentials, education, experience and skills, required or preferred (J10).

`Lexicon` is data, `RequirementReader` reads batches of texts with it. Nothing here knows files of postings.
"""

from extractors.posting_text.requirements.lexicon import Credential, Form, Lexicon
from extractors.posting_text.requirements.reader import Readings, RequirementReader

__all__ = ["Credential", "Form", "Lexicon", "Readings", "RequirementReader"]
