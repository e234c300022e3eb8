package org.jupyterrestart.process;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;

/** The one place that links C functions: everything native goes through here, so every caller is plain Java. */
public final class FfmSupport {
    public static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup C_LIBRARY = LINKER.defaultLookup();
    private static final Linker.Option KEEP_ERRNO = Linker.Option.captureCallState("errno");
    private static final StructLayout KEPT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = KEPT.varHandle(PathElement.groupElement("errno"));

    /** One for each thread: none calls from within a call. */
    private static final ThreadLocal<MemorySegment> ERRNO_OF_THREAD =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(KEPT));

    private FfmSupport() {}

    static boolean has(String function) {
        return C_LIBRARY.find(function).isPresent();
    }

    /** A function that reports errors by its result alone. */
    static MethodHandle link(String function, FunctionDescriptor type) {
        return LINKER.downcallHandle(find(function), type);
    }

    /** A function of another library, which reports errors by its result alone; empty where the library has none. */
    public static Optional<MethodHandle> linkIn(SymbolLookup library, String function, FunctionDescriptor type) {
        return library.find(function).map(address -> LINKER.downcallHandle(address, type));
    }

    /** A function that sets errno: its handle takes the segment given to {@link ErrnoCall} first. */
    static MethodHandle linkErrno(String function, FunctionDescriptor type) {
        return LINKER.downcallHandle(find(function), type, KEEP_ERRNO);
    }

    /** Like {@link #linkErrno}, for a function declared with {@code ...} behind {@code fixed} arguments. */
    static MethodHandle linkVariadicErrno(String function, int fixed, FunctionDescriptor type) {
        return LINKER.downcallHandle(find(function), type, KEEP_ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    /** What {@code call} returns, or {@code -errno} where it returns -1: the kernel's own convention. */
    static long orErrno(ErrnoCall call) {
        try {
            MemorySegment kept = ERRNO_OF_THREAD.get();
            long result = call.invoke(kept);
            return result == -1 ? -(int) ERRNO.get(kept, 0L) : result;
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** What {@code call} returns. */
    public static <T> T plain(PlainCall<T> call) {
        try {
            return call.invoke();
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** A NULL-terminated array of C strings, as argv and envp are. */
    static MemorySegment strings(Arena arena, List<String> values) {
        MemorySegment array = arena.allocate(POINTER, values.size() + 1L);
        for (int i = 0; i < values.size(); i++) {
            array.setAtIndex(POINTER, i, arena.allocateFrom(values.get(i)));
        }
        return array;
    }

    private static MemorySegment find(String function) {
        return C_LIBRARY
                .find(function)
                .orElseThrow(() -> new UnsatisfiedLinkError(
                        "the C library has no %s: Linux with glibc 2.29 or newer is needed".formatted(function)));
    }

    /** A method handle declares Throwable; a linked C function throws nothing of its own. */
    private static RuntimeException unexpected(Throwable failure) {
        return switch (failure) {
            case RuntimeException passed -> passed;
            case Error error -> throw error;
            default -> new IllegalStateException(failure);
        };
    }

    /** A call of a handle made by {@link #linkErrno}. */
    @FunctionalInterface
    interface ErrnoCall {
        long invoke(MemorySegment errno) throws Throwable;
    }

    /** A call of a handle made by {@link #link}. */
    @FunctionalInterface
    public interface PlainCall<T> {
        T invoke() throws Throwable;
    }
}
