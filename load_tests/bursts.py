"""How the number of users changes in a scenario with bursts, for locust."""

from locust import LoadTestShape
from locust.env import Environment
from typing_extensions import override

from load_tests.options import options_of
from load_tests.scenarios import users_at


class Bursts(LoadTestShape):
    """The users asked for, and now and then many times as many at once."""

    abstract = True  # locust would take any other for every scenario
    use_common_options = True

    def __init__(self, environment: Environment) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # locust's
        self._options = options_of(environment)

    @override
    def tick(self) -> tuple[int, float] | None:
        elapsed_s: float = self.get_run_time()  # type: ignore[no-untyped-call]  # locust's
        if self._options.run_time and elapsed_s >= self._options.run_time:
            return None
        users = users_at(self._options.scenario, self._options.num_users, elapsed_s)
        return users, users
