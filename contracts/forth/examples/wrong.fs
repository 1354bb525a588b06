code endless  i32 param n
    begin,
        n local.get,
        nz if,
            nop,
    nz until,
end-code
