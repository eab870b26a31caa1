-- Changes no table of 0004. Functions were changed (lottery_list, lottery_commit, lottery_append), and older servers must
-- not put their own back.
SELECT;
