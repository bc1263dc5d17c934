"""The errors of asking a forge."""

from __future__ import annotations

from checker.errors import ForgeError
from checker.model import Text, text


class NoToken(ForgeError):
    """No token for the forge is in the environment, and its command line tool has no login."""

    def __init__(self, host: str, variable: str, login: str) -> None:
        super().__init__(
            text("No token for {host} was found.", host=host),
            text("Put one in the variable {variable}, or log in: {login}", variable=variable, login=login),
        )


class TokenForOtherHost(ForgeError):
    """A token is in the environment, but no variable says that it belongs to this host."""

    def __init__(self, host: str, variable: str, naming: str) -> None:
        super().__init__(
            text(
                "The token in {variable} is not sent to {host}: only class.toml names that host.",
                variable=variable,
                host=host,
            ),
            text("If the token is for it, say so in the variable {naming}: {host}", naming=naming, host=host),
        )


class BadForgeAddress(ForgeError):
    """The address of the API in ``class.toml`` is invalid, or would send the token unencrypted."""

    def __init__(self, address: str) -> None:
        super().__init__(
            text("{address} is no address of a forge's API.", address=address),
            text("In class.toml, write url as https://HOST, with nothing secret in it; empty for the public forge."),
        )


class TokenRefused(ForgeError):
    """The forge does not accept the token: it has expired, was revoked, or is invalid."""

    def __init__(self, host: str, login: str) -> None:
        super().__init__(
            text("{host} refuses the token: it has expired or was withdrawn.", host=host),
            text("Make a new token, or log in again ({login}), then run the command again.", login=login),
        )


class NotPermitted(ForgeError):
    """The token is valid, but may not read this."""

    def __init__(self, project: str, host: str) -> None:
        super().__init__(
            text("The token may not read {project} on {host}.", project=project, host=host),
            text("Give the token the right to read repositories, or use one of an owner of the repository."),
        )
        self.project = project


class RepositoryHidden(ForgeError):
    """There is no such repository, or the token may not see it: a forge does not say which."""

    def __init__(self, project: str, host: str) -> None:
        super().__init__(
            text("{host} shows no repository {project}: it is gone, private, or misspelt.", host=host, project=project),
            text("Compare the name with its page, and ask its owner for access if it is private."),
        )
        self.project = project


class PushesUntold(ForgeError):
    """The forge does not tell the times of the pushes to a repository."""

    def __init__(self, project: str, host: str) -> None:
        super().__init__(
            text("{host} does not tell when {project} was pushed to.", host=host, project=project),
            text("Its commits are compared with the deadline by their own dates."),
        )


class TooMuchToRead(ForgeError):
    """The forge lists more about a repository than any class has."""

    def __init__(self, project: str, host: str, count: int) -> None:
        super().__init__(
            text("{host} lists more than {count} entries about {project}.", host=host, count=count, project=project),
            text("Look at the repository on the forge: no work of a class has as many."),
        )


class ForgeUnreachable(ForgeError):
    """The network or the forge is down."""

    def __init__(self, host: str, reason: Text) -> None:
        super().__init__(
            text("{host} does not answer ({reason}).", host=host, reason=reason),
            text("What was read before is kept. Run the command again when the connection is back."),
        )


class ForgeBusy(ForgeError):
    """The rate limit of the forge lasts longer than a command waits."""

    def __init__(self, host: str, minutes: int) -> None:
        super().__init__(
            text("{host} takes no more requests for {minutes} min.", host=host, minutes=minutes),
            text("What was read before is kept. Run the command again after that time."),
        )


class UnreadableAnswer(ForgeError):
    """An answer of the forge does not fit the forge's documentation."""

    def __init__(self, host: str, what: str) -> None:
        super().__init__(
            text("{host} gave an answer that is none of a forge's ({what}).", host=host, what=what),
            text("Look whether class.toml has the right kind and url of the forge, then run the command again."),
        )


class LeadsElsewhere(UnreadableAnswer):
    """An answer redirects to another host, where no token may be sent: *place* is the address."""

    def __init__(self, host: str, place: str) -> None:
        super().__init__(host, "redirect")
        self.place = place
