"""A server that is slow to answer, at the places and for as long as a test says; a browser that is slow throughout."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, Route

LATENCY = 300  # milliseconds of a slow network


class Held:
    """Requests of a kind that are held on their way, until they are let go; what a page sends as it goes passes."""

    def __init__(self, page: Page, address: str, *, method: str = "", passes: int = 0) -> None:
        self.page, self.method, self.passes = page, method, passes
        self.routes: list[Route] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        of_this_kind = route.request.resource_type != "ping" and self.method in ("", route.request.method)
        if not of_this_kind or self.passes > 0:
            self.passes -= of_this_kind
            route.fallback()
        else:
            self.routes.append(route)

    def wait(self, count: int = 1) -> None:
        """Until so many are held."""
        for _ in range(400):
            if len(self.routes) >= count:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{len(self.routes)} of {count} requests came")

    def let_go(self, *, backwards: bool = False) -> None:
        """Those that are held go on; each is answered before the next."""
        routes, self.routes, self.passes = self.routes, [], 1_000
        for route in reversed(routes) if backwards else routes:
            route.continue_()
            answer = route.request.response() if not route.request.failure else None
            if answer:
                answer.finished()


def slowed(context: BrowserContext, times: float) -> BrowserContext:
    """Its pages run so many times slower, and wait for the network."""
    quick = context.new_page

    def slow_page() -> Page:
        page = quick()
        browser = context.new_cdp_session(page)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": times})
        browser.send("Network.enable")
        unhindered = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        browser.send("Network.emulateNetworkConditions", {**unhindered, "latency": LATENCY})
        return page

    context.new_page = slow_page  # type: ignore[method-assign]
    return context
