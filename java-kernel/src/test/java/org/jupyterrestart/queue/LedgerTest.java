package org.jupyterrestart.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jupyterrestart.queue.Prompt.Place;

/** What becomes of prompts; each is written as its id and place. */
class LedgerTest {
    private static final Ledger THREE =
            Ledger.EMPTY.in("run 1").see(look(running("a", 0), waiting("c", 2), waiting("b", 1)));

    private static Item running(String id, double number) {
        return new Item(id, "", true, number, id.charAt(0));
    }

    private static Item waiting(String id, double number) {
        return new Item(id, "", false, number, id.charAt(0));
    }

    private static Look look(Item... items) {
        return new Look(List.of(items), Map.of());
    }

    private static List<String> shown(Ledger ledger) {
        return ledger.prompts().stream()
                .map(prompt -> prompt.id() + " " + prompt.place())
                .toList();
    }

    private static Prompt prompt(Ledger ledger, String id) {
        return ledger.prompts().stream()
                .filter(prompt -> prompt.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void queueIsKeptInTheOrderInWhichItRuns() {
        assertEquals(List.of("a RUNNING", "b PENDING", "c PENDING"), shown(THREE));
    }

    @Test
    void whatHasEndedOrWasTakenOutByItsUserIsForgotten() {
        assertEquals(List.of("c RUNNING"), shown(THREE.see(look(running("c", 2)))));
    }

    @Test
    void allIsOwedInAnotherRunWhatRanFirst() {
        assertEquals(List.of("a OWED", "b OWED", "c OWED"), shown(THREE.in("run 2")));
    }

    @Test
    void whatIsPutBackComesBehindWhatCameMeanwhile() {
        Ledger anew = THREE.in("run 2").see(look(waiting("x", 0)));
        Ledger sent = anew.sending(prompt(anew, "a"));
        assertEquals(List.of("x PENDING", "a SENT", "b OWED", "c OWED"), shown(sent));
        Ledger back = sent.back(prompt(sent, "a"), "a");
        assertEquals(List.of("x PENDING", "a PENDING", "b OWED", "c OWED"), shown(back));
        assertEquals(1, back.restored());
        // A second end in the middle of it keeps the order in which they would have run.
        assertEquals(List.of("x OWED", "a OWED", "b OWED", "c OWED"), shown(back.in("run 3")));
    }

    @Test
    void sentOneThatArrivedIsNotSentAgainAfterAKill() {
        Ledger owed = THREE.in("run 2");
        Ledger sent = owed.sending(prompt(owed, "a"));
        Ledger arrived = sent.see(look(waiting("a", 0)));
        assertEquals(List.of("a PENDING", "b OWED", "c OWED"), shown(arrived));
        assertEquals(1, arrived.restored());
        Ledger ended = sent.see(new Look(List.of(), Map.of("a", true)));
        assertEquals(List.of("b OWED", "c OWED"), shown(ended));
        assertEquals(1, ended.restored());
        Ledger lost = sent.see(look());
        assertEquals(List.of("a OWED", "b OWED", "c OWED"), shown(lost));
        assertEquals(0, lost.restored());
    }

    @Test
    void onePutBackUnderAnotherIdIsKnownByItsMark() {
        Ledger owed = THREE.in("run 2");
        Ledger sent = owed.sending(prompt(owed, "a"));
        Ledger arrived = sent.see(look(new Item("new", "a", false, 0, 99)));
        assertEquals(
                new Prompt("a", "new", 'a', Place.PENDING, 1, ""),
                arrived.prompts().getFirst());
        assertEquals(List.of("b OWED", "c OWED"), shown(arrived.see(look())));
    }

    @Test
    void whatIsTakenOutIsOwedUnlessItHadBegun() {
        Ledger taken = THREE.taking();
        assertEquals(List.of("a RUNNING", "b TAKEN", "c TAKEN"), shown(taken));
        assertEquals(Set.of("b", "c"), taken.missing(List.of(running("a", 0))));
        assertEquals(List.of("a RUNNING", "b OWED", "c OWED"), shown(taken.see(look(running("a", 0)))));
        assertEquals(List.of("b RUNNING", "c OWED"), shown(taken.see(look(running("b", 1)))));
        Ledger ended = taken.see(new Look(List.of(), Map.of("b", true)));
        assertEquals(List.of("c OWED"), shown(ended));
    }

    @Test
    void onesThatCameWhileTheQueueIsHeldComeBehind() {
        Ledger held = THREE.taking().see(look(running("a", 0)));
        Ledger more = held.see(look(running("a", 0), waiting("d", 3))).taking();
        assertEquals(List.of("a RUNNING", "b OWED", "c OWED", "d TAKEN"), shown(more));
        assertEquals(List.of("b OWED", "c OWED", "d OWED"), shown(more.see(look())));
    }

    @Test
    void interruptedOneRunsAgainUnlessItCameToItsEnd() {
        Ledger interrupted = THREE.taking().interrupting();
        assertEquals(List.of("a INTERRUPTED", "b TAKEN", "c TAKEN"), shown(interrupted));
        assertEquals(List.of("a INTERRUPTED", "b OWED", "c OWED"), shown(interrupted.see(look(running("a", 0)))));
        assertEquals(
                List.of("a OWED", "b OWED", "c OWED"), shown(interrupted.see(new Look(List.of(), Map.of("a", false)))));
        assertEquals(List.of("b OWED", "c OWED"), shown(interrupted.see(new Look(List.of(), Map.of("a", true)))));
    }

    @Test
    void oneThatRanAtThreeEndsIsSetAside() {
        Ledger ledger = THREE;
        for (String run : List.of("run 2", "run 3")) {
            ledger = ledger.in(run).see(look(running("a", 0), waiting("b", 1), waiting("c", 2)));
        }
        Ledger third = ledger.in("run 4");
        assertEquals(List.of("a ASIDE", "b OWED", "c OWED"), shown(third));
        assertEquals(
                "ComfyUI ended 3 times while it ran", third.prompts().getFirst().why());
    }

    @Test
    void interruptIsNoReasonToSetItAside() {
        Ledger ledger = THREE;
        for (int run = 2; run < 9; run++) {
            ledger =
                    ledger.interrupting().in("run " + run).see(look(running("a", 0), waiting("b", 1), waiting("c", 2)));
        }
        assertEquals(List.of("a RUNNING", "b PENDING", "c PENDING"), shown(ledger));
    }

    @Test
    void usersStopSetsItsQueueAsideAtTheNextRun() {
        Ledger parked = THREE.taking().interrupting().parked(true).see(look());
        assertEquals(List.of("a OWED", "b OWED", "c OWED"), shown(parked));
        assertEquals(List.of("a ASIDE", "b ASIDE", "c ASIDE"), shown(parked.in("run 2")));
        assertFalse(parked.in("run 2").isParked());
        assertEquals(
                List.of("a OWED", "b OWED", "c OWED"),
                shown(parked.parked(false).in("run 2")));
    }

    @Test
    void queueThatIsKnownNeedsNoFurtherLook() {
        assertTrue(THREE.isKnownIn(List.of(waiting("b", 1), running("a", 0), waiting("c", 2))));
        assertFalse(THREE.isKnownIn(List.of(running("b", 1), waiting("c", 2))));
        assertFalse(THREE.isKnownIn(List.of()));
        assertTrue(THREE.in("run 2").isKnownIn(List.of()));
        assertTrue(Ledger.EMPTY.isKnownIn(List.of()));
        assertFalse(THREE.interrupting().isKnownIn(List.of(running("a", 0), waiting("b", 1), waiting("c", 2))));
    }

    @Test
    void sameIdTwiceIsTwoPrompts() {
        Ledger twice = Ledger.EMPTY.see(look(waiting("a", 0), new Item("a", "", false, 1, 7)));
        assertEquals(List.of("a PENDING", "a PENDING"), shown(twice));
        assertEquals(
                List.of(97L, 7L), twice.prompts().stream().map(Prompt::file).toList());
        assertEquals(
                List.of(7L),
                twice.without(twice.prompts().getFirst()).prompts().stream()
                        .map(Prompt::file)
                        .toList());
    }
}
